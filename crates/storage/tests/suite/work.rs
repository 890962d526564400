//! The inbox and the jobs.

use domain::{DeliveryId, JobId};
use storage::inbox::NewDelivery;
use storage::jobs::{Lane, NewJob};
use storage::work::Outcome;
use storage::{Db, inbox, jobs, replay};
use testkit::both_engines;

use crate::seed::{Seed, at, seed};

fn a_delivery(seed: &Seed, number: u128, fingerprint: u8) -> NewDelivery {
    NewDelivery {
        id: DeliveryId::from_parts(at(0), number),
        store: seed.store,
        fingerprint: vec![fingerprint; 32],
        topic: Some("order.updated".into()),
        event_id: Some("msg_1".into()),
        headers: "{}".into(),
        body: b"{\"caf\xc3\xa9\":1}".to_vec(),
        received_at: at(0),
    }
}

fn a_job(id: JobId, subject: &str) -> NewJob<'_> {
    NewJob {
        id,
        kind: "reconcile",
        subject,
        lane: Lane::Here,
        delivery: None,
    }
}

async fn put(db: &Db, delivery: &NewDelivery) -> bool {
    let mut tx = db.begin().await.unwrap();
    let is_new = inbox::insert(&mut tx, delivery).await.unwrap();
    tx.commit().await.unwrap();
    is_new
}

async fn claim(db: &Db, second: i64) -> Option<inbox::ClaimedDelivery> {
    let mut tx = db.begin().await.unwrap();
    let claimed = inbox::claim(&mut tx, at(second), at(second + 60))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    claimed
}

async fn settle(db: &Db, claimed: &inbox::ClaimedDelivery, outcome: Outcome<'_>) -> bool {
    let mut tx = db.begin().await.unwrap();
    let settled = inbox::settle(&mut tx, claimed.id, claimed.attempt, outcome, at(9))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    settled
}

async fn count(db: &Db, state: &str) -> i64 {
    inbox::count(&mut db.reader().await.unwrap(), state)
        .await
        .unwrap()
}

both_engines! {
    async fn a_duplicate_collapses_only_onto_a_delivery_that_nobody_has_begun(db: Db) {
        let seed = seed(&db).await;
        assert!(put(&db, &a_delivery(&seed, 1, 7)).await);
        assert!(!put(&db, &a_delivery(&seed, 2, 7)).await);
        assert!(put(&db, &a_delivery(&seed, 3, 8)).await);
        let first = claim(&db, 1).await.unwrap();
        assert_eq!(first.body, a_delivery(&seed, 1, 7).body);
        assert!(put(&db, &a_delivery(&seed, 4, 7)).await, "the first one may have read too early");
        settle(&db, &first, Outcome::Retry { error: "store is down", run_at: at(500) }).await;
        assert!(!put(&db, &a_delivery(&seed, 5, 7)).await, "the fourth still waits");
        assert_eq!(count(&db, "queued").await, 3);
    }

    async fn a_lease_that_ran_out_is_claimed_again_and_the_first_holder_may_not_settle(db: Db) {
        let seed = seed(&db).await;
        put(&db, &a_delivery(&seed, 1, 7)).await;
        let first = claim(&db, 1).await.unwrap();
        assert!(claim(&db, 60).await.is_none(), "the lease holds");
        let second = claim(&db, 61).await.unwrap();
        assert_eq!((first.attempt, second.attempt), (1, 2));
        assert!(!settle(&db, &first, Outcome::Done).await);
        assert!(settle(&db, &second, Outcome::Done).await);
        assert!(claim(&db, 9_999).await.is_none());
        assert_eq!(count(&db, "done").await, 1);
    }

    async fn a_failed_delivery_waits_its_time_and_a_dead_one_is_left_alone(db: Db) {
        let seed = seed(&db).await;
        put(&db, &a_delivery(&seed, 1, 7)).await;
        let first = claim(&db, 1).await.unwrap();
        settle(&db, &first, Outcome::Retry { error: "no", run_at: at(500) }).await;
        assert!(claim(&db, 499).await.is_none());
        let second = claim(&db, 500).await.unwrap();
        settle(&db, &second, Outcome::Dead { error: "no" }).await;
        assert!(claim(&db, 99_999).await.is_none());
        assert_eq!(count(&db, "dead").await, 1);
    }

    async fn many_workers_claim_each_delivery_once(db: Db) {
        let seed = seed(&db).await;
        for number in 0_u8..40 {
            put(&db, &a_delivery(&seed, u128::from(number), number)).await;
        }
        let workers = (0..8).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                while let Some(claimed) = claim(&db, 1).await {
                    assert!(settle(&db, &claimed, Outcome::Done).await);
                    mine.push(claimed.id);
                }
                mine
            })
        });
        let mut all = Vec::new();
        for worker in workers.collect::<Vec<_>>() {
            all.extend(worker.await.unwrap());
        }
        all.sort();
        all.dedup();
        assert_eq!((all.len(), count(&db, "done").await), (40, 40));
    }

    async fn a_job_that_already_waits_is_not_inserted_twice(db: Db) {
        let mut tx = db.begin().await.unwrap();
        for number in 0..3 {
            jobs::insert(&mut tx, a_job(JobId::from_parts(at(0), number), "prd_1"), at(0)).await.unwrap();
        }
        let claimed = jobs::claim(&mut tx, Lane::Here, at(1), at(60)).await.unwrap().unwrap();
        assert_eq!((claimed.kind.as_str(), claimed.subject.as_str()), ("reconcile", "prd_1"));
        assert!(jobs::claim(&mut tx, Lane::Here, at(1), at(60)).await.unwrap().is_none());
        assert!(jobs::settle(&mut tx, claimed.id, claimed.attempt, Outcome::Done, at(2)).await.unwrap());
        jobs::insert(&mut tx, a_job(JobId::from_parts(at(0), 9), "prd_1"), at(2)).await.unwrap();
        assert!(jobs::claim(&mut tx, Lane::Here, at(3), at(60)).await.unwrap().is_some(), "a later change counts again");
        tx.commit().await.unwrap();
    }

    async fn a_job_is_claimed_in_its_own_lane_and_put_off_without_counting_as_a_try(db: Db) {
        let mut tx = db.begin().await.unwrap();
        let id = JobId::from_parts(at(0), 1);
        let outside = NewJob { lane: Lane::Outside, ..a_job(id, "order:1") };
        jobs::insert(&mut tx, outside, at(0)).await.unwrap();
        assert!(jobs::claim(&mut tx, Lane::Here, at(1), at(60)).await.unwrap().is_none());
        for second in [1, 2, 3] {
            let claimed = jobs::claim(&mut tx, Lane::Outside, at(second), at(60)).await.unwrap().unwrap();
            assert_eq!((claimed.attempt, claimed.tries), (second, 1));
            assert!(jobs::postpone(&mut tx, id, claimed.attempt, at(second + 1)).await.unwrap());
            assert!(!jobs::postpone(&mut tx, id, claimed.attempt, at(90)).await.unwrap(), "it is not held any more");
            assert!(jobs::claim(&mut tx, Lane::Outside, at(second), at(60)).await.unwrap().is_none());
        }
        let failed = jobs::claim(&mut tx, Lane::Outside, at(4), at(60)).await.unwrap().unwrap();
        let retry = Outcome::Retry { error: "no", run_at: at(5) };
        assert!(jobs::settle(&mut tx, id, failed.attempt, retry, at(4)).await.unwrap());
        let put_off = jobs::claim(&mut tx, Lane::Outside, at(5), at(60)).await.unwrap().unwrap();
        assert!(jobs::postpone(&mut tx, id, put_off.attempt, at(6)).await.unwrap());
        let again = jobs::claim(&mut tx, Lane::Outside, at(6), at(60)).await.unwrap().unwrap();
        assert_eq!(again.tries, 2, "the try that failed before still counts");
        tx.commit().await.unwrap();
    }

    async fn a_job_that_is_done_makes_good_those_before_it_and_none_after_it(db: Db) {
        for (number, done) in [(1, 1), (3, 2)] {
            let product = format!("prd_{done}");
            let mut tx = db.begin().await.unwrap();
            let mut ids = Vec::new();
            for (number, second) in [(number, 10), (number + 1, 20)] {
                let id = JobId::from_parts(at(0), number);
                jobs::insert(&mut tx, a_job(id, &product), at(second)).await.unwrap();
                let claimed = jobs::claim(&mut tx, Lane::Here, at(second), at(60)).await.unwrap().unwrap();
                assert_eq!(claimed.id, id);
                let dead = Outcome::Dead { error: "no" };
                assert!(jobs::settle(&mut tx, id, claimed.attempt, dead, at(second)).await.unwrap());
                ids.push(id);
            }
            let mine = ids.remove(done - 1);
            assert!(replay::retry_job(&mut tx, mine, at(30)).await.unwrap());
            let claimed = jobs::claim(&mut tx, Lane::Here, at(30), at(60)).await.unwrap().unwrap();
            assert!(jobs::settle(&mut tx, mine, claimed.attempt, Outcome::Done, at(31)).await.unwrap());
            replay::supersede_jobs(&mut tx, mine).await.unwrap();
            let is_other_dead = replay::retry_job(&mut tx, ids[0], at(32)).await.unwrap();
            assert_eq!(is_other_dead, done == 1, "the first may have gone on from where it stood");
        }
    }

    async fn committed_work_wakes_who_waits_for_it(db: Db) {
        let seed = seed(&db).await;
        let listener = tokio::spawn({
            let db = db.clone();
            async move { db.listen_for_work().await }
        });
        let waiter = tokio::spawn({
            let db = db.clone();
            async move { db.wait_for_work(Lane::Here, std::time::Duration::from_mins(1)).await }
        });
        put(&db, &a_delivery(&seed, 1, 7)).await;
        waiter.await.unwrap();
        listener.abort();
    }
}
