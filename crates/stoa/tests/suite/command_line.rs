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

#[test]
fn access_is_granted_and_revoked_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let course = folder.path().join("Watercolour/1 Welcome");
    std::fs::create_dir_all(&course).unwrap();
    let clip = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/media/big-buck-bunny-720p-5s.mp4");
    std::fs::copy(clip, course.join("Hello.mp4")).unwrap();
    let imported = printed(&data, &["course", "import", "Watercolour"]);
    let id = imported.split_whitespace().next().unwrap();
    assert!(printed(&data, &["access", "grant", "ada@example.com", id]).starts_with("acc_"));
    assert!(printed(&data, &["access", "revoke", "ada@example.com", id]).starts_with("blk_"));
    let output = run(&data, &["access", "revoke", "eve@example.com", id]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && !said.contains("eve@"), "{said}");
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
