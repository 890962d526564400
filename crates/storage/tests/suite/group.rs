//! Group commit: many writes, few transactions, each on its own.

use domain::{JobId, ProductId};
use storage::jobs::{Lane, NewJob};
use storage::products::{self, ProductRow};
use storage::{Db, StorageError, jobs};
use testkit::both_engines;

use crate::seed::at;

fn a_product(number: u128) -> ProductRow {
    ProductRow {
        id: ProductId::from_parts(at(0), number),
        title: number.to_string(),
        access_days: None,
    }
}

async fn insert(db: &Db, number: u128) -> Result<u128, StorageError> {
    db.write_grouped(Box::new(move |tx| {
        Box::pin(async move {
            products::insert(tx, &a_product(number), at(0)).await?;
            Ok(number)
        })
    }))
    .await
}

both_engines! {
    async fn writes_that_come_together_are_all_kept_and_answered(db: Db) {
        let writers = (0..300).map(|number| {
            let db = db.clone();
            tokio::spawn(async move { insert(&db, number).await.unwrap() })
        });
        for (number, writer) in (0..).zip(writers.collect::<Vec<_>>()) {
            assert_eq!(writer.await.unwrap(), number);
        }
        let mut reader = db.reader().await.unwrap();
        assert_eq!(products::list(&mut reader, None, 1_000).await.unwrap().len(), 300);
    }

    async fn a_write_that_fails_leaves_no_trace_and_does_not_disturb_the_others(db: Db) {
        insert(&db, 1).await.unwrap();
        let fails = db.write_grouped::<()>(Box::new(|tx| {
            Box::pin(async move {
                let id = JobId::from_parts(at(0), 1);
                let half = NewJob { id, kind: "kind", subject: "half", lane: Lane::Here, delivery: None };
                jobs::insert(tx, half, at(0)).await?;
                products::insert(tx, &a_product(1), at(0)).await
            })
        }));
        let (failed, two, three) = tokio::join!(fails, insert(&db, 2), insert(&db, 3));
        assert!(matches!(failed, Err(StorageError::AlreadyExists)));
        assert_eq!((two.unwrap(), three.unwrap()), (2, 3));
        let mut tx = db.begin().await.unwrap();
        assert!(jobs::claim(&mut tx, Lane::Here, at(1), at(2)).await.unwrap().is_none());
    }

    async fn a_transaction_that_is_dropped_leaves_no_trace(db: Db) {
        let mut tx = db.begin().await.unwrap();
        products::insert(&mut tx, &a_product(1), at(0)).await.unwrap();
        drop(tx);
        let mut reader = db.reader().await.unwrap();
        assert!(products::find(&mut reader, a_product(1).id).await.unwrap().is_none());
    }
}
