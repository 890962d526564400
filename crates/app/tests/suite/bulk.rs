//! Access by the list: all lines or none, one after the other, and what each did.

use app::administration::{Telling, Whom};
use app::audit::AuditFilter;
use app::bulk::{BulkError, LineError, Run};
use domain::{ContentId, EmailAddress};
use testkit::shop::TestCourse;
use testkit::{BY, TestShop, both_engines};

use crate::seen::{reasons, sees};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

/// A list about one course: `COURSE` and `FILE` stand for the ids.
fn list(course: &TestCourse, lines: &[&str]) -> String {
    let text = format!("action,email,content,until,note\n{}\n", lines.join("\n"));
    let text = text.replace("COURSE", &course.course.to_string());
    text.replace("FILE", &course.file.to_string())
}

/// What each line did, in words.
async fn effects(shop: &TestShop, list: &str, run: Run) -> Vec<String> {
    let done = shop
        .app
        .change_access_by_list(&BY, list.as_bytes(), run)
        .await
        .unwrap();
    done.iter()
        .map(|line| format!("{}: {}", line.line, line.effect))
        .collect()
}

/// What is wrong with the list.
async fn errors(shop: &TestShop, list: &str) -> Vec<String> {
    let refused = shop
        .app
        .change_access_by_list(&BY, list.as_bytes(), Run::Real)
        .await;
    let Err(BulkError::Lines(errors)) = refused else {
        panic!("{refused:?}");
    };
    errors.iter().map(LineError::to_string).collect()
}

async fn recorded(shop: &TestShop) -> usize {
    let filter = AuditFilter::default();
    let page = shop.app.list_audit(&filter, None, 200).await.unwrap();
    page.items.len()
}

both_engines! {
    async fn a_list_is_done_line_by_line_and_a_dry_run_says_the_same_and_keeps_nothing(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let list = list(&course, &[
            "revoke,Ada@Example.com,COURSE,,shared her account",
            "grant,eve@example.com,COURSE,2027-01-31,\"a prize, well won\"",
            "lift,ada@example.com,COURSE,,",
            "extend,eve@example.com,COURSE,2027-03-01T12:00:00+01:00,",
            "grant,ada@example.com,FILE,,",
            "revoke,eve@example.com,COURSE,,",
        ]);
        let expected = [
            "2: was open for ever by an order; is closed: blocked",
            "3: was closed: never granted; is open until 2027-02-01T00:00:00Z by hand",
            "4: was closed: blocked; is open for ever by an order",
            "5: was open until 2027-02-01T00:00:00Z by hand; is open until 2027-03-01T11:00:00Z by hand",
            "6: was open for ever by an order; is open for ever by an order and by hand",
            "7: was open until 2027-03-01T11:00:00Z by hand; is closed: blocked",
        ];
        let before = recorded(&shop).await;
        assert_eq!(effects(&shop, &list, Run::Dry).await, expected);
        assert_eq!(recorded(&shop).await, before, "a dry run is not recorded");
        assert_eq!(reasons(&shop, ADA, course.course).await, [None]);
        assert_eq!(reasons(&shop, EVE, course.course).await, []);

        assert_eq!(effects(&shop, &list, Run::Real).await, expected);
        assert!(sees(&shop, ADA, course.course).await);
        assert!(!sees(&shop, EVE, course.course).await);
        assert_eq!(reasons(&shop, EVE, course.course).await, [Some("by_administrator")]);
        assert!(recorded(&shop).await > before);
        let verdict = shop.app.verify_audit(None, &mut |_, _| {}).await.unwrap();
        assert_eq!(verdict.flaw, None);
    }

    async fn nothing_is_done_unless_all_of_it_can_be(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let before = recorded(&shop).await;
        let cannot_be_read = list(&course, &["grant,eve@example.com,COURSE,,", "give,eve@example.com,COURSE,,"]);
        let expected = ["line 3, action: it is none of grant, revoke, lift and extend"];
        assert_eq!(errors(&shop, &cannot_be_read).await, expected);
        let nowhere = domain::CourseId::from_parts(testkit::shop::OPENING, 999);
        let gone = format!("grant,eve@example.com,{nowhere},,");
        let cannot_be_done = list(&course, &[
            "revoke,ada@example.com,COURSE,,",
            "revoke,eve@example.com,COURSE,,",
            "grant,eve@example.com,COURSE,2020-01-01,",
            &gone,
            "lift,eve@example.com,COURSE,,",
            "extend,ada@example.com,COURSE,2030-01-01,",
        ]);
        let expected = [
            "line 3, email: there is no customer like that",
            "line 4, until: the access would end before it begins",
            "line 5, content: there is no course or file of that id",
            "line 6, content: no block stands against this customer and content",
            "line 7, content: there is no grant that could be extended",
        ];
        assert_eq!(errors(&shop, &cannot_be_done).await, expected);
        assert_eq!(recorded(&shop).await, before);
        assert_eq!(reasons(&shop, ADA, course.course).await, [None]);
        let eve: EmailAddress = EVE.parse().unwrap();
        let content = ContentId::Course(course.course);
        let unknown = shop.app.revoke_access(&BY, Whom::Email(eve), content, None, Telling::Nobody).await;
        assert!(unknown.is_err(), "not even the customer was made");
    }

    async fn a_list_of_many_customers_brings_back_what_each_has_paid(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let lines = |action: &str| -> String {
            let line = |number| format!("{action},customer{number}@example.com,COURSE");
            let lines: Vec<String> = (0..120).map(line).collect();
            format!("content,action,email\n{}", lines.join("\n"))
                .replace("content,action,email", "action,email,content")
                .replace("COURSE", &course.course.to_string())
        };
        for number in 0..60 {
            let email = format!("customer{number}@example.com");
            shop.deliver(&shop.paid_order(&number.to_string(), &email, &["WATER"])).await;
        }
        shop.app.work_until_idle().await.unwrap();
        let granted = effects(&shop, &lines("grant"), Run::Real).await;
        let revoked = effects(&shop, &lines("revoke"), Run::Real).await;
        let lifted = effects(&shop, &lines("lift"), Run::Real).await;
        for (place, number) in (2..).zip(0..120) {
            let (open, back) = if number < 60 {
                ("open for ever by an order", "was closed: blocked; is open for ever by an order")
            } else {
                ("closed: never granted", "was closed: blocked; is closed: no grant holds")
            };
            let by = if number < 60 { "open for ever by an order and by hand" } else { "open for ever by hand" };
            assert_eq!(granted[number], format!("{place}: was {open}; is {by}"));
            assert_eq!(revoked[number], format!("{place}: was {by}; is closed: blocked"));
            assert_eq!(lifted[number], format!("{place}: {back}"));
        }
    }

    async fn too_many_lines_about_one_customer_and_content_are_refused(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let lines = ["grant,ada@example.com,COURSE,,"; 21];
        let expected = ["line 22: too many lines before it are about the same customer and content"];
        assert_eq!(errors(&shop, &list(&course, &lines)).await, expected);
        assert_eq!(effects(&shop, &list(&course, &lines[..20]), Run::Real).await.len(), 20);
        assert_eq!(reasons(&shop, ADA, course.course).await, [None; 20]);
    }

    async fn no_address_of_a_list_reaches_the_audit_log(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let list = list(&course, &["grant,ada@example.com,COURSE,,a note", "revoke,ada@example.com,COURSE,,"]);
        effects(&shop, &list, Run::Real).await;
        let page = shop.app.list_audit(&AuditFilter::default(), None, 200).await.unwrap();
        let told = format!("{:?}", page.items);
        assert!(told.contains("grant.created") && told.contains("block.placed"));
        assert!(!told.contains("example.com") && !told.contains("a note"), "{told}");
    }
}
