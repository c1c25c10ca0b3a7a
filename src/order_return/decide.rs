//! `returnApprove`, `returnReject`, `returnCancel`: whether goods may come back.

use entity::{
    id::ReturnId,
    stored::{ReturnStatus, ReturnStatus as S},
};

use super::{
    change::{Changed, Code, lock, of_order},
    create::{replayed, set_status},
};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    db::retrying,
    event::{Change, Origin},
    fault::Failure,
    order::{
        change::{self as order_change, Terms},
        query as orders,
    },
};

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The goods may come.
    Approve,
    /// They may not.
    Reject,
    /// They do not come.
    Cancel,
}

impl Decision {
    /// The right it takes.
    const fn right(self) -> Right {
        match self {
            Self::Approve => Right::ReturnApprove,
            Self::Reject => Right::ReturnReject,
            Self::Cancel => Right::ReturnCancel,
        }
    }

    /// Where it leads, and how it is told; `None` where a return is not in a state for it.
    pub const fn from(self, status: ReturnStatus) -> Option<(ReturnStatus, &'static str)> {
        match (self, status) {
            (Self::Approve, S::Requested) => Some((S::Approved, "RETURN_APPROVED")),
            (Self::Reject, S::Requested) => Some((S::Rejected, "RETURN_REJECTED")),
            (Self::Cancel, S::Requested | S::Approved) => Some((S::Cancelled, "RETURN_CANCELLED")),
            (Self::Approve | Self::Reject, S::Approved | S::Rejected | S::Cancelled | S::Received)
            | (Self::Cancel, S::Rejected | S::Cancelled | S::Received) => None,
        }
    }
}

/// Decides about a return.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn decide(
    app: &App,
    origin: &Origin,
    id: ReturnId,
    decision: Decision,
    terms: Terms,
) -> Result<Changed, Failure<Code>> {
    let reach = authorise(&origin.actor, decision.right(), &app.config.orders)?;
    terms.check().map_err(of_order)?;
    let key = terms.key(origin, decision.right(), &id).map_err(of_order)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if let Some(done) = replayed(&tx, origin, key.as_ref(), now).await? {
            return Ok(done);
        }
        let (whole, row) = lock(&tx, origin, id).await?;
        if reach == Reach::Own && !orders::is_buyer(&origin.actor, &whole.order) {
            return Err(Failure::refused(Code::Forbidden, ["return"], "only the buyer or staff may call a return off"));
        }
        order_change::expect_version(&tx, &whole.order, terms.expected_version).await.map_err(of_order)?;
        let Some((to, kind)) = decision.from(row.status) else {
            let message = format!("not possible while the return is {}", row.status);
            return Err(Failure::refused(Code::ReturnNotOpen, ["return"], message));
        };
        let row_after = set_status(&tx, &row, to, now).await?;
        let changes = [
            Change::new("return", row.id.to_string(), row.id.to_string()),
            Change::new("returnStatus", row.status.as_str(), to.as_str()),
        ];
        let after = whole.order.clone();
        let order = order_change::store(&tx, origin, &whole.order, after, kind, terms.reason(), &changes, now).await?;
        if let Some(key) = &key {
            key.answer(&tx, id.to_string()).await?;
        }
        order_change::finish(tx, terms.dry_run).await?;
        Ok(Changed { row: row_after, lines: whole.lines_of(id).cloned().collect(), order, replayed: false })
    })
    .await
}
