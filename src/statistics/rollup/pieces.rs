//! A stretch of time as pieces that sums are kept for.

use entity::time::Timestamp;
use serde_json::Value as Json;

use super::level::Level;

/// From a moment, which is within, to a later one, which is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
}

/// The years 0 to 9999: beyond them there are no orders.
const CALENDAR: Span = Span { from: Timestamp(-62_167_219_200_000_000), to: Timestamp(253_402_300_800_000_000) };

impl Span {
    /// All time.
    pub const EVER: Self = Self { from: Timestamp(i64::MIN), to: Timestamp(i64::MAX) };

    /// What both hold.
    pub fn within(self, other: Self) -> Self {
        Self { from: Ord::max(self.from, other.from), to: Ord::min(self.to, other.to) }
    }

    /// Whether a moment is within.
    pub fn holds(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// A part of a stretch: whole stretches of a level, or rows. Pieces are added or taken away: of a month and three days the
/// month is added and three days are, of a month without three days the month is added and three days are taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Piece {
    /// Which of the stretches asked for, from 0.
    pub place: usize,
    /// Of which sums; none for rows.
    pub level: Option<Level>,
    /// From when to when.
    pub span: Span,
    /// 1 to add, −1 to take away.
    pub sign: i64,
}

impl Piece {
    /// The piece as a parameter of a statement.
    pub fn columns(&self) -> Json {
        let level = self.level.map_or(-1, Level::number);
        Json::from(vec![self.place as i64, level, self.span.from.0, self.span.to.0, self.sign])
    }
}

/// The pieces of some stretches, as few as may be. Where a stretch ends now, what is left over is taken from the side of
/// the future, where there is next to nothing.
pub fn pieces(spans: &[Span], now: Timestamp) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (place, span) in spans.iter().enumerate() {
        if span.from <= CALENDAR.from && span.to >= CALENDAR.to {
            pieces.push(Piece { place, level: Some(Level::Ever), span: Span::EVER, sign: 1 });
        } else {
            cover(&mut pieces, place, &[Level::Month, Level::Day, Level::Hour, Level::Quarter], span.within(CALENDAR), 1, now);
        }
    }
    pieces
}

fn cover(pieces: &mut Vec<Piece>, place: usize, levels: &[Level], span: Span, sign: i64, now: Timestamp) {
    if span.from >= span.to {
        return;
    }
    let Some((level, finer)) = levels.split_first() else {
        pieces.push(Piece { place, level: None, span, sign });
        return;
    };
    let whole = Span { from: boundary(*level, span.from, now), to: boundary(*level, span.to, now) };
    // After now there is next to nothing.
    let past = |from: Timestamp, to: Timestamp| i128::from(to.0.min(now.0)) - i128::from(from.0.min(now.0));
    let beside = past(whole.from, span.from).abs() + past(span.to, whole.to).abs();
    // Of a day in the middle of a month the month is more than thirty days too much.
    if whole.from >= whole.to || beside > i128::from(span.to.0) - i128::from(span.from.0) {
        return cover(pieces, place, finer, span, sign, now);
    }
    pieces.push(Piece { place, level: Some(*level), span: whole, sign });
    // Of each pair one is empty.
    for (from, to, sign) in
        [(span.from, whole.from, sign), (whole.from, span.from, -sign), (whole.to, span.to, sign), (span.to, whole.to, -sign)]
    {
        cover(pieces, place, finer, Span { from, to }, sign, now);
    }
}

fn boundary(level: Level, at: Timestamp, now: Timestamp) -> Timestamp {
    let (floor, next) = (level.floor(at), level.next(at));
    match () {
        () if floor == at => at,
        () if level == Level::Quarter && next > now => next,
        () if at.0 - floor.0 <= next.0 - at.0 => floor,
        () => next,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Days, NaiveDate};
    use chrono_tz::Tz;
    use proptest::prelude::*;

    use super::*;
    use crate::statistics::period::start_of;

    fn at(text: &str) -> Timestamp {
        chrono::DateTime::parse_from_rfc3339(text).unwrap().to_utc().into()
    }

    /// How often a moment is counted.
    fn times(pieces: &[Piece], at: Timestamp) -> i64 {
        pieces.iter().filter(|piece| piece.span.holds(at)).map(|piece| piece.sign).sum()
    }

    fn is_exact(spans: &[Span], now: Timestamp) {
        let pieces = pieces(spans, now);
        for piece in &pieces {
            let level = piece.level.expect("no rows are needed");
            assert_eq!((level.floor(piece.span.from), level.floor(piece.span.to)), (piece.span.from, piece.span.to));
        }
        let near = pieces.iter().flat_map(|piece| [piece.span.from, piece.span.to]);
        for edge in near {
            for moment in [Timestamp(edge.0 - 1), edge] {
                let wanted = spans.iter().filter(|span| span.holds(moment)).count() as i64;
                assert_eq!(times(&pieces, moment), wanted, "{moment:?}");
            }
        }
    }

    #[test]
    fn days_of_odd_zones_need_no_rows() {
        // Offsets of 5:45 and 10:30, a turn of half an hour, a day without midnight.
        for (zone, day) in [
            (Tz::Asia__Kathmandu, "2024-02-27"),
            (Tz::Australia__Lord_Howe, "2024-04-06"),
            (Tz::Australia__Lord_Howe, "2024-10-05"),
            (Tz::America__Asuncion, "2017-09-30"),
            (Tz::Europe__Berlin, "2024-03-30"),
            (Tz::Pacific__Apia, "2011-12-29"),
        ] {
            let first: NaiveDate = day.parse().unwrap();
            let starts: Vec<Timestamp> = (0..4).map(|days| start_of(first + Days::new(days), zone)).collect();
            let spans: Vec<Span> = starts.windows(2).map(|pair| Span { from: pair[0], to: pair[1] }).collect();
            is_exact(&spans, at("2026-01-15T12:00:00Z"));
        }
    }

    #[test]
    fn a_month_of_a_zone_is_a_month_and_the_hours_at_its_ends() {
        let span = Span { from: at("2024-02-29T23:00:00Z"), to: at("2024-03-31T22:00:00Z") };
        let pieces = pieces(&[span], at("2026-01-15T12:00:00Z"));
        let told: Vec<_> = pieces.iter().map(|piece| (piece.level, piece.sign, piece.span.to.0 - piece.span.from.0)).collect();
        let hour = 3_600_000_000;
        let expected = [(Some(Level::Month), 1, 31 * 24 * hour), (Some(Level::Hour), 1, hour), (Some(Level::Hour), -1, 2 * hour)];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_short_stretch_amid_a_long_one_is_not_that_without_the_rest() {
        let now = at("2026-01-15T12:00:00Z");
        for (from, to, level) in [
            ("2025-03-16T00:00:00Z", "2025-03-17T00:00:00Z", Some(Level::Day)),
            ("2025-03-16T12:00:00Z", "2025-03-16T13:00:00Z", Some(Level::Hour)),
            ("2025-03-16T12:30:00Z", "2025-03-16T12:45:00Z", Some(Level::Quarter)),
            ("2025-03-16T12:07:00Z", "2025-03-16T12:09:00Z", None),
        ] {
            let span = Span { from: at(from), to: at(to) };
            assert_eq!(pieces(&[span], now), [Piece { place: 0, level, span, sign: 1 }]);
        }
    }

    #[test]
    fn all_time_is_one_piece() {
        let pieces = pieces(&[Span::EVER], Timestamp(0));
        assert_eq!(pieces, [Piece { place: 0, level: Some(Level::Ever), span: Span::EVER, sign: 1 }]);
    }

    #[test]
    fn what_ends_now_takes_the_rest_of_the_quarter_away() {
        let now = at("2026-01-15T12:01:00Z");
        let pieces = pieces(&[Span { from: at("2026-01-15T00:00:00Z"), to: now }], now);
        let rows: Vec<_> = pieces.iter().filter(|piece| piece.level.is_none()).collect();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].span, rows[0].sign), (Span { from: now, to: at("2026-01-15T12:15:00Z") }, -1));
    }

    proptest! {
        #[test]
        fn every_moment_counts_once_within_and_never_outside(
            from in -4_000_000_000_000_000_i64..4_000_000_000_000_000,
            length in 0_i64..200_000_000_000_000,
            now in -4_000_000_000_000_000_i64..4_000_000_000_000_000,
            probe in -1_000_000_000_i64..201_000_000_000_000,
        ) {
            let span = Span { from: Timestamp(from), to: Timestamp(from + length) };
            let pieces = pieces(&[span], Timestamp(now));
            let edges = pieces.iter().flat_map(|piece| [piece.span.from, piece.span.to]);
            for moment in edges.chain([Timestamp(from + probe)]).flat_map(|at| [at, Timestamp(at.0 - 1)]) {
                prop_assert_eq!(times(&pieces, moment), i64::from(span.holds(moment)));
            }
            for piece in &pieces {
                match piece.level {
                    Some(level) => {
                        prop_assert_eq!(level.floor(piece.span.from), piece.span.from);
                        prop_assert_eq!(level.floor(piece.span.to), piece.span.to);
                    }
                    None => prop_assert!(piece.span.to.0 - piece.span.from.0 < 900_000_000),
                }
            }
        }
    }
}
