//! Commands that run to their end.

use std::os::unix::fs::PermissionsExt;

use crate::process::{printed, run};

#[test]
fn every_problem_of_the_configuration_is_printed_with_its_file_and_key() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("stoa.toml"),
        "colour = 'red'\n[web]\nlisten = 'here'\npublic_url = 'courses.example.com'\n",
    )
    .unwrap();
    let output = run(&folder.path().join("data"), &["check-config"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    for part in [
        "3 problem(s)",
        "web.listen (",
        "web.public_url (",
        "colour (",
        "stoa.toml)",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(
        !folder.path().join("data").exists(),
        "a check leaves nothing behind"
    );
}

#[test]
fn unknown_settings_of_the_environment_are_problems_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = crate::process::stoa(&folder.path().join("data"));
    let output = command
        .env("STOA_WEB__LISTEM", "x")
        .arg("check-config")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.contains("web.listem"),
        "{said}"
    );
}

#[test]
fn keys_are_made_once_and_for_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    printed(&data, &["product", "add", "Watercolour"]);
    let keys = data.join("keys");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&data), mode(&keys)), (0o700, 0o700));
    let read = || {
        let mut files: Vec<_> = std::fs::read_dir(&keys)
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        files
            .into_iter()
            .map(|file| (std::fs::read(&file).unwrap(), file))
            .collect::<Vec<_>>()
    };
    let first = read();
    assert_eq!(first.len(), 3);
    for (_, file) in &first {
        assert_eq!(mode(file), 0o600);
    }
    printed(&data, &["product", "list"]);
    assert_eq!(read(), first);
}

#[test]
fn a_folder_without_mp4_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let course = folder.path().join("My course/1 Welcome");
    std::fs::create_dir_all(&course).unwrap();
    std::fs::write(course.join("film.mkv"), "x").unwrap();
    let output = run(
        &folder.path().join("data"),
        &["course", "import", "My course"],
    );
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("film.mkv: only MP4 videos play in every browser"),
        "{said}"
    );
}

/// Imports a course of one lesson into the data folder, and returns its id.
fn import_a_course(data: &std::path::Path) -> String {
    let course = data.parent().unwrap().join("Watercolour/1 Welcome");
    std::fs::create_dir_all(&course).unwrap();
    let clip = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/media/big-buck-bunny-720p-5s.mp4");
    std::fs::copy(clip, course.join("Hello.mp4")).unwrap();
    let imported = printed(data, &["course", "import", "Watercolour"]);
    imported.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn access_is_changed_by_a_list_all_of_it_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let id = import_a_course(&data);
    let list = folder.path().join("list.csv");
    let write = |lines: &str| {
        let text = format!("action,email,content,until\n{lines}\n").replace("COURSE", &id);
        std::fs::write(&list, text).unwrap();
    };
    write("grant,ada@example.com,COURSE,\nrevoke,eve@example.com,COURSE,");
    let refused = run(&data, &["access", "bulk", "list.csv"]);
    let said = String::from_utf8([refused.stdout, refused.stderr].concat()).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said.contains("line 3, email: there is no customer like that"),
        "{said}"
    );
    assert!(!said.contains("@example.com"), "{said}");

    write("grant,ada@example.com,COURSE,2099-12-31\nextend,ada@example.com,COURSE,2100-06-30");
    let dry = printed(&data, &["access", "bulk", "list.csv", "--dry-run"]);
    assert!(dry.contains("  2  ") && dry.contains("  3  "), "{dry}");
    assert_eq!(printed(&data, &["access", "bulk", "list.csv"]), dry);
}

#[test]
fn access_is_granted_and_revoked_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let id = import_a_course(&data);
    let id = id.as_str();
    assert!(printed(&data, &["access", "grant", "ada@example.com", id]).starts_with("acc_"));
    assert!(printed(&data, &["access", "revoke", "ada@example.com", id]).starts_with("blk_"));
    assert!(printed(&data, &["access", "lift", "ada@example.com", id]).starts_with("blk_"));
    let until = "2099-01-01T00:00:00Z";
    let granted = ["access", "grant", "ada@example.com", id, "--until", until];
    let grant = printed(&data, &granted);
    let later = [
        "access",
        "extend",
        "ada@example.com",
        id,
        "--until",
        "2100-01-01T00:00:00Z",
    ];
    let extended = format!("{grant}  ends 2100-01-01T00:00:00Z");
    assert_eq!(printed(&data, &later), extended);
    let one = [
        "access",
        "extend",
        "--grant",
        &grant,
        "--until",
        "2101-01-01T00:00:00Z",
    ];
    assert!(printed(&data, &one).ends_with("ends 2101-01-01T00:00:00Z"));
    let listed = printed(
        &data,
        &["audit", "list", "--action", "grant.created", "--limit", "1"],
    );
    let customer = listed
        .split_whitespace()
        .find(|word| word.starts_with("cus_"));
    let customer = customer.unwrap();
    for (command, begins) in [("grant", "acc_"), ("revoke", "blk_"), ("lift", "blk_")] {
        assert!(printed(&data, &["access", command, customer, id]).starts_with(begins));
    }
    printed(&data, &["access", "grant", customer, id, "--until", until]);
    let longer = [
        "access",
        "extend",
        customer,
        id,
        "--until",
        "2102-01-01T00:00:00Z",
    ];
    assert!(printed(&data, &longer).ends_with("ends 2102-01-01T00:00:00Z"));
    let nobody = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    assert_eq!(
        run(&data, &["access", "revoke", nobody, id]).status.code(),
        Some(1)
    );
    let nothing_named = ["access", "extend", "--until", until];
    assert_eq!(run(&data, &nothing_named).status.code(), Some(2));
    let output = run(&data, &["access", "revoke", "eve@example.com", id]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && !said.contains("eve@"), "{said}");
}

#[test]
fn a_note_that_a_terminal_would_obey_or_that_is_too_long_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let course = "crs_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let until = ["--until", "2099-01-01T00:00:00Z"];
    for (command, flag, more) in [
        ("grant", "--note", &[][..]),
        ("revoke", "--reason", &[]),
        ("extend", "--note", &until),
    ] {
        for odd in ["\u{1b}[2J", &"x".repeat(1_001)] {
            let whole = ["access", command, "ada@example.com", course, flag, odd];
            let output = run(&data, &[&whole, more].concat());
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{command}: {said}");
            assert!(said.contains("at most 1,000 characters"), "{said}");
        }
    }
    assert!(!data.exists(), "nothing was begun");
}

#[test]
fn the_shelves_are_filled_and_emptied_with_whom_it_touches_said_first() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let clip = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/media/big-buck-bunny-720p-5s.mp4");
    std::fs::copy(clip, folder.path().join("Flat washes.mp4")).unwrap();
    std::fs::write(folder.path().join("Palette.txt"), "Three colours.").unwrap();
    std::fs::write(folder.path().join("page.html"), "<p>").unwrap();
    let product = printed(&data, &["product", "add", "Watercolour"]);
    let course = printed(
        &data,
        &["course", "add", &product, "Water", "--slug", "water"],
    );
    let module = printed(&data, &["module", "add", &course, "Washes"]);
    let first = printed(&data, &["video", "add", &module, "Flat washes.mp4"]);
    let second = printed(
        &data,
        &[
            "video",
            "add",
            &module,
            "Flat washes.mp4",
            "--title",
            "Graded",
        ],
    );
    printed(&data, &["module", "order", &module, &second, &first]);
    printed(&data, &["course", "publish", &course]);
    let shown = printed(&data, &["course", "show", &course]);
    let lines: Vec<&str> = shown.lines().map(str::trim).collect();
    let expected = [
        format!("{module}  Washes"),
        format!("{second}  ready  Graded"),
        format!("{first}  ready  Flat washes"),
    ];
    assert_eq!(lines[lines.len() - 3..], expected);
    printed(&data, &["access", "grant", "ada@example.com", &course]);

    let file = printed(&data, &["file", "add", &product, "Palette.txt"]);
    assert_eq!(
        printed(&data, &["file", "list", &product]),
        format!("{file}  draft  Palette")
    );
    let said = |arguments: &[&str]| {
        let output = run(&data, arguments);
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    let (is_added, text) = said(&["file", "add", &product, "page.html"]);
    assert!(!is_added && text.contains("HTML"), "{text}");
    let (is_added, text) = said(&["video", "add", &module, "Palette.txt"]);
    assert!(
        !is_added && text.contains("this is not an MP4 file"),
        "{text}"
    );

    for (command, id, videos) in [
        ("video", &first, 1),
        ("module", &module, 1),
        ("course", &course, 0),
    ] {
        let (is_done, text) = said(&[command, "delete", id]);
        assert!(!is_done && text.contains("say --yes to go on"), "{text}");
        assert!(text.contains("can open it now: 1"), "{text}");
        assert!(
            text.contains(&format!("Videos that go with it: {videos}")),
            "{text}"
        );
        printed(&data, &[command, "delete", id, "--yes"]);
    }
    printed(&data, &["file", "delete", &file, "--yes"]);
    assert_eq!(printed(&data, &["file", "list", &product]), "");
    assert_eq!(printed(&data, &["course", "list"]), "");
    let (is_found, text) = said(&["course", "show", &course]);
    assert!(
        !is_found && text.contains("there is no such thing on the shelves"),
        "{text}"
    );
}

#[test]
fn a_store_is_connected_once_under_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert!(printed(&data, &["store", "add", "shop"]).contains("whsec_"));
    assert!(printed(&data, &["store", "list"]).starts_with("shop  custom  http://"));
    let again = String::from_utf8(run(&data, &["store", "add", "shop"]).stderr).unwrap();
    assert!(again.contains("connected already"), "{again}");
}

#[test]
fn products_are_made_changed_bundled_and_deleted_once_it_is_said_who_loses_them() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let add = |title: &str| printed(&data, &["product", "add", title]).trim().to_owned();
    let (course, all) = (add("Watercolour"), add("Everything"));
    printed(
        &data,
        &[
            "product",
            "set",
            &course,
            "--title",
            "Water",
            "--access-days",
            "30",
        ],
    );
    printed(&data, &["product", "bundle", &all, &course]);
    let shown = printed(&data, &["product", "show", &all]);
    assert!(shown.contains(&format!("part  {course}  Water")), "{shown}");
    let shown = printed(&data, &["product", "show", &course]);
    assert!(
        shown.contains("access: 30 days") && shown.contains(&format!("in bundle  {all}")),
        "{shown}"
    );
    printed(&data, &["product", "set", &course, "--for-ever"]);
    let listed = printed(&data, &["product", "list"]);
    assert!(
        listed.contains(&format!("{course}  for ever  Water")),
        "{listed}"
    );
    let refused = |arguments: &[&str]| {
        let output = run(&data, arguments);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(refused(&["product", "bundle", &course, &all]).contains("contain itself"));
    assert!(
        refused(&["product", "set", &course, "--access-days", "0"]).contains("1 to 36500 days")
    );
    let said = refused(&["product", "unbundle", &all, &course]);
    assert!(said.contains("nothing was changed"), "{said}");
    assert!(printed(&data, &["product", "show", &all]).contains("part  "));
    let told = printed(&data, &["product", "unbundle", &all, &course, "--yes"]);
    assert!(told.contains("and then can not: 0"), "{told}");
    refused(&["product", "delete", &all]);
    printed(&data, &["product", "delete", &all, "--yes"]);
    assert!(!printed(&data, &["product", "list"]).contains(&all));
}

#[test]
fn a_store_is_set_its_items_are_mapped_and_its_secret_is_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    printed(&data, &["store", "add", "shop"]);
    let product = printed(&data, &["product", "add", "Watercolour"]);
    let product = product.trim();
    let set = [
        "--on-dispute",
        "keep",
        "--grace-days",
        "7",
        "--trust-emails",
        "true",
    ];
    let shown = printed(&data, &[&["store", "set", "shop"][..], &set].concat());
    for line in [
        "on-dispute keep",
        "on-amount-refund keep",
        "accept-test-orders false",
        "grace-days 7",
        "trust-emails true",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    printed(
        &data,
        &["store", "map", "shop", product, "--product-id", "book"],
    );
    let item = ["--product-id", "book", "--variant-id", "paper"];
    let items = || printed(&data, &["store", "items", "shop"]);
    for (command, state) in [("ignore", "ignored"), ("heed", product), ("unmap", product)] {
        printed(&data, &[&["store", command, "shop"][..], &item].concat());
        let line = items()
            .lines()
            .find(|line| line.contains("variant paper"))
            .unwrap()
            .to_owned();
        assert!(line.contains(state), "{command}: {line}");
    }
    printed(&data, &["store", "unmap", "shop", "--product-id", "book"]);
    assert_eq!(
        printed(&data, &["store", "unmapped", "shop", "--all"])
            .lines()
            .count(),
        2
    );
    assert!(
        !run(&data, &["store", "ignore", "shop"]).status.success(),
        "an item names something"
    );
    assert!(printed(&data, &["store", "rotate-secret", "shop"]).contains("whsec_"));
    let again = String::from_utf8(run(&data, &["store", "rotate-secret", "shop"]).stderr).unwrap();
    assert!(again.contains("two secrets already"), "{again}");
    printed(&data, &["store", "rotate-secret", "shop", "--finish"]);
    assert!(printed(&data, &["store", "rotate-secret", "shop"]).contains("whsec_"));
}
