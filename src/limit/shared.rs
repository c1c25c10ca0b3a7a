//! Buckets in Redis, by its own clock: copies of the service draw from the same ones, whatever their clocks say.

use std::{num::NonZeroU32, sync::LazyLock, time::Duration};

use ::redis::Script;

use super::{Exceeded, Left};
use crate::redis::Redis;

/// The bucket's key; microseconds that one unit takes to come back, units the bucket holds, units to take. Stored is the moment at
/// which the bucket is full. Answers whether there was enough, how many are left, and for how many microseconds to wait or until
/// it is full.
static TAKE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local step, limit, units = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
        local after = full + step * units
        local room = now + step * limit - after
        if room < 0 then
          return {0, 0, math.ceil(-room)}
        end
        redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
        return {1, math.floor(room / step + 0.000001), math.ceil(after - now)}
        ",
    )
});

/// Takes so many units, at most as many as a bucket holds; nothing when Redis is away.
pub(crate) async fn take(
    redis: &Redis,
    key: &str,
    limit: NonZeroU32,
    unit: Duration,
    units: NonZeroU32,
) -> Option<Result<Left, Exceeded>> {
    let step = unit.as_secs_f64() * 1e6 / f64::from(limit.get());
    let units = units.min(limit);
    let mut script = TAKE.prepare_invoke();
    script.key(redis.key(&format!("limit:{key}"))).arg(step).arg(limit.get()).arg(units.get());
    let (is_enough, remaining, micros): (u8, u32, u64) = redis.run(&script).await?;
    let time = Duration::from_micros(micros);
    Some(match is_enough {
        1 => Ok(Left { limit: limit.get(), taken: units.get(), remaining, full_after: time }),
        _ => Err(Exceeded { retry_after: time }),
    })
}
