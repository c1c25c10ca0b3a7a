//! Background work that was given up: what staff see of it and do about it.

mod discard;
mod node;
mod query;
mod retry;

pub use node::FailedJob;
pub use query::JobQuery;

/// Mutations of background work.
#[derive(Default, async_graphql::MergedObject)]
pub struct JobMutation(retry::JobRetry, discard::JobDiscard);

/// The number of a job by its id in the API.
fn number(id: &str) -> Option<i64> {
    let digits = id.strip_prefix(crate::job::PREFIX)?;
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn ids_of_jobs() {
        assert_eq!(number("job_42"), Some(42));
        for text in ["", "42", "job_", "job_+4", "job_-4", "job_99999999999999999999", "order_42"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
