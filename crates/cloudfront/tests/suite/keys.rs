//! Reading keys: every form that OpenSSL writes, and a clear word about everything else.

use std::process::{Command, Stdio};

use cloudfront::{
    KeyError, KeyKind, KeyPairId, PublicKey, SigningKey, Verifier, generate_p256_pem,
};

use crate::material::{
    EC_ID, RSA_ID, ec_key, ec_pem, ec_public_pem, id, pem_of, rsa_key, rsa_pem, rsa_public_pem, url,
};

fn private(pem: &str) -> Result<SigningKey, KeyError> {
    SigningKey::from_pem(id("K1"), pem)
}

/// Runs OpenSSL, a program of its own, with a text as its input.
fn openssl(arguments: &[&str], input: &str) -> String {
    use std::io::Write as _;
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is needed: apt-get install openssl");
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn same_text(pem: &str) -> String {
    pem.lines()
        .filter(|line| !line.starts_with("-----"))
        .collect()
}

#[test]
fn every_private_form_gives_the_public_key_that_cloudfront_takes() {
    let forms = [
        (KeyKind::Rsa2048, rsa_pem(), rsa_public_pem()),
        (
            KeyKind::Rsa2048,
            openssl(&["rsa", "-traditional"], &rsa_pem()),
            rsa_public_pem(),
        ),
        (KeyKind::EcdsaP256, ec_pem(), ec_public_pem()),
        (
            KeyKind::EcdsaP256,
            openssl(&["ec"], &ec_pem()),
            ec_public_pem(),
        ),
        (
            KeyKind::EcdsaP256,
            openssl(&["ec", "-no_public"], &ec_pem()),
            ec_public_pem(),
        ),
        (
            KeyKind::Rsa2048,
            rsa_pem().replace('\n', "\r\n"),
            rsa_public_pem(),
        ),
        (
            KeyKind::Rsa2048,
            format!("Bag Attributes\n\n{}", rsa_pem()),
            rsa_public_pem(),
        ),
    ];
    for (kind, pem, public) in forms {
        let key = private(&pem).unwrap();
        assert_eq!(key.kind(), kind);
        assert_eq!(key.id().as_str(), "K1");
        assert_eq!(same_text(&key.public_key_pem()), same_text(&public));
        assert_eq!(key.public_key_pem(), openssl(&["pkey", "-pubin"], &public));
        assert_eq!(
            key.public_key().unwrap().to_pem().unwrap(),
            key.public_key_pem()
        );
    }
}

#[test]
fn a_key_with_its_curve_named_in_front_is_one_key() {
    let pem = openssl(&["ecparam", "-name", "prime256v1", "-genkey"], "");
    assert!(pem.contains("BEGIN EC PARAMETERS"));
    assert_eq!(private(&pem).unwrap().kind(), KeyKind::EcdsaP256);
}

#[test]
fn every_public_form_verifies() {
    let signed = rsa_key()
        .sign_canned(&url("https://h.example/a"), 10)
        .unwrap();
    let pkcs1 = openssl(&["rsa", "-pubin", "-RSAPublicKey_out"], &rsa_public_pem());
    assert!(pkcs1.contains("BEGIN RSA PUBLIC KEY"));
    for pem in [rsa_public_pem(), pkcs1] {
        let key = PublicKey::from_pem(&pem).unwrap();
        assert_eq!(key.kind(), KeyKind::Rsa2048);
        assert_eq!(
            same_text(&key.to_pem().unwrap()),
            same_text(&rsa_public_pem())
        );
        assert_eq!(
            Verifier::new([(id(RSA_ID), key)]).verify_url(&signed, 9, None),
            Ok(())
        );
    }
    let key = PublicKey::from_pem(&ec_public_pem()).unwrap();
    let signed = ec_key()
        .sign_canned(&url("https://h.example/a"), 10)
        .unwrap();
    assert_eq!(
        Verifier::new([(id(EC_ID), key)]).verify_url(&signed, 9, None),
        Ok(())
    );
}

#[test]
fn a_new_key_is_pkcs8_that_openssl_reads_and_another_each_time() {
    let pem = generate_p256_pem().unwrap();
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(pem.ends_with("-----END PRIVATE KEY-----\n"));
    let key = private(&pem).unwrap();
    assert_eq!(key.kind(), KeyKind::EcdsaP256);
    assert_eq!(openssl(&["pkey", "-pubout"], &pem), key.public_key_pem());
    assert_ne!(pem, generate_p256_pem().unwrap());
}

#[test]
fn a_text_that_is_no_usable_private_key_is_refused_with_its_reason() {
    let new = |arguments: &[&str]| openssl(&[&["genpkey", "-algorithm"], arguments].concat(), "");
    let ec = |curve: &str| new(&["EC", "-pkeyopt", &format!("ec_paramgen_curve:{curve}")]);
    let rsa = |bits: &str| new(&["RSA", "-pkeyopt", &format!("rsa_keygen_bits:{bits}")]);
    let certificate = openssl(
        &[
            "req",
            "-x509",
            "-new",
            "-key",
            "/dev/stdin",
            "-subj",
            "/CN=test",
        ],
        &ec_pem(),
    );
    let seal = ["-aes128", "-passout", "pass:secret"];
    let mut damaged = rsa_pem();
    damaged.insert(100, '!');
    let mut altered = rsa_pem();
    altered.replace_range(900..904, "AAAA");
    let cases = [
        (String::new(), KeyError::NoBlock),
        ("not a key".to_owned(), KeyError::NoBlock),
        (rsa_pem().replace('\n', "\\n"), KeyError::EscapedLineBreaks),
        (rsa_pem() + &ec_pem(), KeyError::SeveralBlocks),
        (rsa_pem() + &rsa_public_pem(), KeyError::SeveralBlocks),
        (damaged, KeyError::Damaged),
        (
            rsa_pem().replace("-----END PRIVATE KEY-----", ""),
            KeyError::Damaged,
        ),
        (
            rsa_pem().replace("END PRIVATE", "END RSA PRIVATE"),
            KeyError::Damaged,
        ),
        (
            openssl(&[&["pkcs8", "-topk8"], &seal[1..]].concat(), &ec_pem()),
            KeyError::Encrypted,
        ),
        (
            openssl(&[&["ec"], &seal[..]].concat(), &ec_pem()),
            KeyError::Encrypted,
        ),
        (
            openssl(&[&["rsa", "-traditional"], &seal[..]].concat(), &rsa_pem()),
            KeyError::Encrypted,
        ),
        (rsa_public_pem(), KeyError::PublicKeyGiven),
        (ec_public_pem(), KeyError::PublicKeyGiven),
        (certificate, KeyError::CertificateGiven),
        (
            pem_of("OPENSSH PRIVATE KEY", b"openssh-key-v1"),
            KeyError::OpenSshKey,
        ),
        (pem_of("DSA PRIVATE KEY", b"0"), KeyError::UnsupportedBlock),
        (new(&["ED25519"]), KeyError::UnsupportedAlgorithm),
        (
            new(&["RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"]),
            KeyError::UnsupportedAlgorithm,
        ),
        (ec("P-384"), KeyError::WrongCurve),
        (ec("secp256k1"), KeyError::WrongCurve),
        (openssl(&["ec"], &ec("P-384")), KeyError::WrongCurve),
        (rsa("1024"), KeyError::WrongRsaSize { bits: 1024 }),
        (rsa("2047"), KeyError::WrongRsaSize { bits: 2047 }),
        (rsa("3072"), KeyError::WrongRsaSize { bits: 3072 }),
        (
            openssl(&["rsa", "-traditional"], &rsa("1024")),
            KeyError::WrongRsaSize { bits: 1024 },
        ),
        (pem_of("PRIVATE KEY", b""), KeyError::Invalid),
        (
            pem_of("PRIVATE KEY", &[0x30, 0x82, 0xff, 0xff, 0x02]),
            KeyError::Invalid,
        ),
        (altered, KeyError::Invalid),
    ];
    for (pem, reason) in cases {
        let refusal = private(&pem).unwrap_err();
        assert_eq!(
            refusal,
            reason,
            "{}",
            pem.lines().next().unwrap_or_default()
        );
    }
}

#[test]
fn a_text_that_is_no_usable_public_key_is_refused_with_its_reason() {
    let public = |private: &str| openssl(&["pkey", "-pubout"], private);
    let p384 = openssl(
        &[
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-384",
        ],
        "",
    );
    let small = openssl(
        &[
            "genpkey",
            "-algorithm",
            "RSA",
            "-pkeyopt",
            "rsa_keygen_bits:1024",
        ],
        "",
    );
    let small_pkcs1 = openssl(&["rsa", "-pubin", "-RSAPublicKey_out"], &public(&small));
    let cases = [
        (rsa_pem(), KeyError::PrivateKeyGiven),
        (openssl(&["ec"], &ec_pem()), KeyError::PrivateKeyGiven),
        (public(&p384), KeyError::WrongCurve),
        (public(&small), KeyError::WrongRsaSize { bits: 1024 }),
        (small_pkcs1, KeyError::WrongRsaSize { bits: 1024 }),
        (pem_of("PUBLIC KEY", b"0"), KeyError::Invalid),
        (rsa_public_pem() + &ec_public_pem(), KeyError::SeveralBlocks),
    ];
    for (pem, reason) in cases {
        assert_eq!(PublicKey::from_pem(&pem).unwrap_err(), reason);
    }
}

#[test]
fn a_key_pair_id_is_capital_letters_and_digits() {
    let longest = "A".repeat(64);
    for text in ["K", "K2JCJMDEHXQW5F", "0", &longest] {
        assert_eq!(text.parse::<KeyPairId>().unwrap().to_string(), text);
    }
    let too_long = "A".repeat(65);
    for text in [
        "", "k2", "K-2", "K 2", " K2", "K2\n", "Ä", "K2%41", &too_long,
    ] {
        assert!(text.parse::<KeyPairId>().is_err(), "{text}");
    }
}

#[test]
fn no_debug_text_shows_a_key_or_a_signature() {
    let key = ec_key();
    let shown = format!("{key:?}");
    assert_eq!(
        shown,
        "SigningKey { id: KeyPairId(\"K3ECDSAP256KEY\"), kind: EcdsaP256, .. }"
    );
    assert_eq!(
        format!("{:?}", key.public_key().unwrap()),
        "PublicKey { kind: EcdsaP256, .. }"
    );
}

#[test]
fn keys_and_verifiers_can_be_shared_between_threads() {
    fn is_shareable<T: Send + Sync + 'static>(_: &T) {}
    is_shareable(rsa_key());
    is_shareable(crate::material::verifier());
}
