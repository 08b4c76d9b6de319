//! Passwords: round trips, peppers that rotate, and rows that somebody crafted.

use super::*;

const SALT: &[u8; 16] = b"0123456789abcdef";

fn pepper(id: &str) -> Pepper {
    Pepper::new(id, format!("the key of pepper {id}").as_bytes()).unwrap()
}

/// A row with cheap parameters: most tests are not about the cost.
fn cheap(pepper: Option<&Pepper>, password: &str) -> String {
    let output = work(&seasoned(pepper, password), SALT, (8, 1, 1), 32).unwrap();
    let output = argon2::password_hash::Output::new(&output).unwrap();
    let id = pepper.map_or("", |pepper| &pepper.id);
    format!("{id}$argon2id$v=19$m=8,t=1,p=1${}${output}", SaltString::encode_b64(SALT).unwrap())
}

#[test]
fn a_password_is_found_right_again() {
    for hasher in [Hasher::default(), Hasher::new(vec![pepper("a")])] {
        let stored = hasher.hash("correct horse", SALT).unwrap();
        assert_eq!(hasher.verify("correct horse", &stored), Verdict::Right { rehash: false });
        assert_eq!(hasher.verify("correct horsf", &stored), Verdict::Wrong);
        assert_eq!(hasher.verify("", &stored), Verdict::Wrong);
        assert_eq!(hasher.verify_nobody("correct horse"), Verdict::Wrong);
        assert!(!stored.contains("horse"));
    }
}

/// Made with OpenSSL's Argon2id, through Python's `cryptography`: others can read our rows, and we theirs.
#[test]
fn the_hash_is_argon2id_of_the_standard() {
    let stored = Hasher::default().hash("password", SALT).unwrap();
    assert_eq!(stored, REFERENCE);
}

const REFERENCE: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$0qsHs573+LgGInzYb7sRqlOTBmqY4X6srNEm6ybpJ20";

#[test]
fn peppers_rotate() {
    let (old, new) = (pepper("old"), pepper("new"));
    let stored = cheap(Some(&old), "correct horse");
    let both = Hasher::new(vec![new.clone(), old.clone()]);
    assert_eq!(both.verify("correct horse", &stored), Verdict::Right { rehash: true });
    assert_eq!(both.verify("wrong horse", &stored), Verdict::Wrong);
    let rehashed = both.hash("correct horse", SALT).unwrap();
    assert!(rehashed.starts_with("new$argon2id$"));
    assert_eq!(both.verify("correct horse", &rehashed), Verdict::Right { rehash: false });
    // The pepper alone is reason enough, and so is that there was none.
    let of_old = Hasher::new(vec![old.clone()]).hash("correct horse", SALT).unwrap();
    assert_eq!(both.verify("correct horse", &of_old), Verdict::Right { rehash: true });
    let of_none = Hasher::default().hash("correct horse", SALT).unwrap();
    assert_eq!(both.verify("correct horse", &of_none), Verdict::Right { rehash: true });
    // The old one is gone: nothing can be proven with it.
    assert_eq!(Hasher::new(vec![new]).verify("correct horse", &stored), Verdict::Wrong);
    // A row that says it is of another pepper than it is.
    assert_eq!(both.verify("correct horse", &stored.replacen("old$", "new$", 1)), Verdict::Wrong);
}

#[test]
fn a_first_pepper_is_taken_up() {
    let stored = cheap(None, "correct horse");
    let hasher = Hasher::new(vec![pepper("a")]);
    assert_eq!(hasher.verify("correct horse", &stored), Verdict::Right { rehash: true });
}

#[test]
fn older_parameters_are_renewed() {
    assert_eq!(Hasher::default().verify("p", &cheap(None, "p")), Verdict::Right { rehash: true });
}

/// All of these are refused before any work: gigabytes and hours are asked for.
#[test]
fn crafted_rows_cost_nothing() {
    let good = cheap(None, "p");
    for bad in [
        good.replace("m=8", "m=4194304"),
        good.replace("m=8", "m=65537"),
        good.replace("t=1", "t=4294967295"),
        good.replace("t=1", "t=5"),
        good.replace("p=1", "p=16777215"),
        good.replace("m=8", "m=0"),
        good.replace("t=1", "t=0"),
        good.replace("p=1", "p=0"),
        good.replace("m=8", "m=-8"),
        good.replace("m=8,", ""),
        good.replace("m=8,", "m=8,m=8,"),
        good.replace("p=1", "p=1,keyid=abcd"),
        good.replace("argon2id", "argon2i"),
        good.replace("argon2id", "argon2d"),
        good.replace("v=19", "v=16"),
        good.replace("$v=19", ""),
        format!("{good}$"),
        format!("{good}{}", "A".repeat(300)),
        // A hash of one byte, which one password in 256 has.
        good.rsplit_once('$').unwrap().0.to_owned() + "$AA",
        good.rsplit_once('$').unwrap().0.to_owned(),
        "$".into(),
        String::new(),
        "$argon2id".into(),
        "é$é".into(),
    ] {
        assert_eq!(Hasher::default().verify("p", &bad), Verdict::Wrong, "{bad}");
        assert!(Stored::parse(&bad).is_none(), "{bad}");
    }
    assert_eq!(Hasher::default().verify(&"p".repeat(MAX_BYTES + 1), &good), Verdict::Wrong);
}

#[test]
fn every_changed_character_is_noticed() {
    let good = cheap(None, "p");
    for at in 0..good.len() {
        for other in ['A', '$', ','] {
            let bad: String = good.chars().enumerate().map(|(i, c)| if i == at { other } else { c }).collect();
            if bad != good {
                assert_eq!(Hasher::default().verify("p", &bad), Verdict::Wrong, "{bad}");
            }
        }
    }
}

#[test]
fn peppers_are_checked_and_do_not_print() {
    for id in ["", "A", "a$", "a b", "01234567890123456"] {
        assert!(Pepper::new(id, &[1; 32]).is_none(), "{id}");
    }
    assert!(Pepper::new("a", &[1; 15]).is_none());
    assert_eq!(format!("{:?}", Hasher::new(vec![pepper("a")])), r#"Hasher { peppers: [Pepper { id: "a", .. }] }"#);
}

#[test]
fn new_passwords_are_judged() {
    let email = EmailAddress::parse("Ann@example.org").unwrap();
    let check = |password: &str| check_new(password, Some(&email));
    for good in ["correct horse", "żółw żółw", "🦀🦀🦀🦀🦀🦀🦀🐚", "tr0ub4dor", &"ab".repeat(512)]
    {
        assert_eq!(check(good), Ok(()), "{good}");
    }
    for (bad, fault) in [
        ("", PasswordFault::TooShort),
        ("seven77", PasswordFault::TooShort),
        ("🦀🐚🦀🐚🦀🐚🦀", PasswordFault::TooShort),
        (&"ab".repeat(513), PasswordFault::TooLong),
        ("aaaaaaaaaaaa", PasswordFault::Repeated),
        ("éééééééé", PasswordFault::Repeated),
        ("ann@EXAMPLE.org", PasswordFault::IsEmail),
        ("Password123", PasswordFault::Common),
        ("qwertyuiop", PasswordFault::Common),
    ] {
        assert_eq!(check(bad), Err(fault), "{bad}");
    }
    assert_eq!(check_new("ann@example.org", None), Ok(()));
}
