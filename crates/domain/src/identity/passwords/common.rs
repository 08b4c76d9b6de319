//! The passwords that everybody tries first.

/// Whether a lower-case password is among the commonest of those that are long enough.
pub fn has(password: &str) -> bool {
    COMMON.split_ascii_whitespace().any(|common| common == password)
}

/// Gathered from what recurs at the top of published lists of leaked passwords.
const COMMON: &str = "
    password password1 password12 password123 password1234 passw0rd p@ssw0rd p@ssword p@$$w0rd password!
    12345678 123456789 1234567890 0123456789 01234567 87654321 987654321 9876543210 0987654321 1234567891
    123123123 12341234 11223344 1122334455 12344321 123454321 123321123 147258369 159357159 741852963
    789456123 102030405 12121212 10203040 13131313 11112222 55555555 31415926 135792468 14725836
    qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qwertyuiop123 1qaz2wsx 1qaz2wsx3edc 1q2w3e4r
    1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 zaq12wsx zaq1zaq1 qazwsxedc qazwsx123 asdfghjk asdfghjkl
    asdfasdf asdf1234 asdfghjkl123 zxcvbnm1 zxcvbnm123 zxcvzxcv qweasdzxc qweqweqwe qwer1234 1234qwer
    abcd1234 abc12345 abc123456 a1b2c3d4 aa123456 aa12345678 a123456789 a12345678 1234abcd abcdefgh
    iloveyou iloveyou1 iloveyou2 iloveyou! sunshine sunshine1 princess princess1 football football1
    baseball baseball1 superman superman1 batman123 spiderman starwars pokemon1 pokemon123 michael1
    jennifer jordan23 michelle charlie1 computer internet samsung1 corvette mercedes trustno1
    letmein1 letmein123 letmein! welcome1 welcome123 welcome! admin123 admin1234 administrator changeme
    changeme1 changeme123 default1 master123 monkey123 dragon123 shadow123 secret123 whatever whatever1
    access14 test1234 testtest testing123 guest123 login123 root1234 user1234 temp1234 qwerty!@
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_them_could_be_chosen() {
        let all: Vec<_> = COMMON.split_ascii_whitespace().collect();
        assert!(all.len() >= 100);
        for (at, common) in all.iter().enumerate() {
            assert!(common.len() >= 8, "{common} is too short to be chosen");
            assert_eq!(*common, common.to_lowercase());
            assert!(!all[..at].contains(common), "{common} is there twice");
        }
    }
}
