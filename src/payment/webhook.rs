//! Webhooks of payment providers: written down once, however often they are delivered, and worked off by a job.

use entity::{gateway_webhook, stored::PaymentGateway};
use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};

use super::{
    gateway::Notice,
    look::{LOOK, Look},
};
use crate::{app::App, db::retrying, fault::Fault, job::NewJob};

/// Writes a webhook down, with the job that looks at its payment. Jobs about one payment wait for each other, so that news
/// that come while somebody looks lead to another look, and news that came before need none.
///
/// # Errors
/// When the database fails; the provider delivers it again.
pub(crate) async fn receive(app: &App, gateway: PaymentGateway, notice: &Notice) -> Result<(), Fault> {
    let now = app.clock.now();
    retrying(|| async {
        let tx = app.db.begin().await?;
        let row = gateway_webhook::ActiveModel {
            gateway: Set(gateway),
            event: Set(notice.event.clone()),
            kind: Set(notice.kind.clone()),
            reference: Set(notice.reference.clone()),
            received_at: Set(now),
            looked_at: Set(None),
        };
        let inserted = gateway_webhook::Entity::insert(row)
            .on_conflict(
                OnConflict::columns([gateway_webhook::Column::Gateway, gateway_webhook::Column::Event]).do_nothing().to_owned(),
            )
            .exec_without_returning(&tx)
            .await?;
        if let (1, Some(reference)) = (inserted, &notice.reference) {
            let look = Look { gateway, reference: reference.clone(), event: Some(notice.event.clone()) };
            let job = NewJob::new(LOOK, &look, now)?.lane(format!("payment/{gateway}/{reference}"));
            crate::job::enqueue(&tx, job, now).await?;
        }
        tx.commit().await?;
        Ok(())
    })
    .await
}
