//! Letters: each is tried until it is sent or given up, and none is lost without a word.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use edgewise_domain::{
    mail::{BATCH, LettersOver, MAX_ATTEMPTS, MailFault, Round, send_due},
    ports::{Database, Letters, Statement, Value},
};
use edgewise_protocol::{api::MailboxLetter, ids::LetterId, timestamp::Timestamp};
use edgewise_testkit::{mail::FakeMail, memory::Break, sqlite::Sqlite};
use futures::executor::block_on;

const NOW: u64 = 1_795_248_132_000;
const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

struct Office {
    sql: Sqlite,
    letters: LettersOver<Sqlite>,
    mail: FakeMail,
}

impl Office {
    fn new() -> Self {
        let sql = Sqlite::migrated();
        Self { letters: LettersOver(sql.clone()), sql, mail: FakeMail::default() }
    }

    fn write(&self, n: u64) -> LetterId {
        let id = LetterId::new(NOW + n, &[u8::try_from(n % 256).unwrap(); 10]);
        self.sql.script(&format!(
            "INSERT INTO letters (id, recipient, subject, body, created_at_ms) \
             VALUES ('{id}', 'ann@example.org', 'Subject', 'code', {})",
            NOW + n
        ));
        id
    }

    fn round(&self, now_ms: u64) -> Round {
        block_on(send_due(&self.letters, &self.mail, now_ms)).unwrap()
    }

    fn all(&self) -> Vec<MailboxLetter> {
        block_on(self.letters.newest(1_000)).unwrap()
    }

    fn count(&self, table: &str) -> u64 {
        let sql = format!("SELECT count(*) FROM {table}");
        let rows = block_on(self.sql.batch(vec![Statement { sql, values: Vec::new() }])).unwrap();
        rows[0][0][0].as_u64().unwrap()
    }
}

#[test]
fn a_letter_is_sent_once_and_its_text_forgotten() {
    let office = Office::new();
    let id = office.write(0);
    assert_eq!(office.round(NOW), Round { sent: 1, ..Round::default() });
    let delivered = office.mail.delivered();
    assert_eq!((delivered.len(), delivered[0].to.as_str(), delivered[0].text.as_str()), (1, "ann@example.org", "code"));
    assert_eq!(office.round(NOW + DAY), Round::default());
    assert_eq!(office.mail.take_attempts(), [id]);
    let kept = &office.all()[0];
    assert_eq!((kept.text.as_str(), kept.sent_at, kept.attempts), ("", Some(Timestamp(NOW)), 1));
}

#[test]
fn a_letter_whose_answer_was_lost_is_tried_again_and_arrives_once() {
    let office = Office::new();
    let id = office.write(0);
    office.mail.plan([Some(Break::After)]);
    assert_eq!(office.round(NOW).failed, [(id, MailFault::Unreachable)]);
    assert_eq!(office.round(NOW + MINUTE).sent, 1);
    assert_eq!(office.mail.delivered().len(), 1);
}

#[test]
fn the_delay_doubles_and_the_tenth_attempt_is_the_last() {
    let office = Office::new();
    let id = office.write(0);
    office.mail.set_down(true);
    let (mut now, mut waits) = (NOW, Vec::new());
    for attempt in 1..=MAX_ATTEMPTS {
        let round = office.round(now);
        assert_eq!(round.failed, [(id, MailFault::Status(500))]);
        assert_eq!(round.given_up, if attempt == MAX_ATTEMPTS { vec![id] } else { Vec::new() });
        let began = now;
        while attempt < MAX_ATTEMPTS && office.all()[0].attempts == attempt {
            now += MINUTE;
            if office.sql_due(now) {
                break;
            }
        }
        waits.push((now - began) / MINUTE);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 0]);
    office.mail.set_down(false);
    assert_eq!(office.round(now + 30 * DAY), Round::default(), "given up");
    let kept = &office.all()[0];
    assert_eq!((kept.text.as_str(), kept.sent_at, kept.attempts), ("code", None, MAX_ATTEMPTS));
}

impl Office {
    /// Whether a round would take something, without taking it.
    fn sql_due(&self, now_ms: u64) -> bool {
        let sql = "SELECT 1 FROM letters WHERE sent_at_ms IS NULL AND next_attempt_at_ms <= ?1".into();
        let statement = Statement { sql, values: vec![Value::int(now_ms)] };
        !block_on(self.sql.batch(vec![statement])).unwrap()[0].is_empty()
    }
}

#[test]
fn a_round_is_bounded_and_two_at_once_share_nothing() {
    let office = Office::new();
    (0..BATCH + 5).for_each(|n| _ = office.write(n));
    // The other round has taken its letters and has not sent them yet.
    let other = block_on(office.letters.take_due(NOW)).unwrap();
    assert_eq!(other.len() as u64, BATCH);
    assert_eq!(office.round(NOW).sent, 5);
    let taken: Vec<_> = other.iter().map(|due| due.letter.id).collect();
    assert!(office.mail.take_attempts().iter().all(|id| !taken.contains(id)));
    // It died: its letters are tried again, after their delay.
    assert_eq!(office.round(NOW + MINUTE - 1), Round::default());
    assert_eq!(office.round(NOW + MINUTE).sent as u64, BATCH);
}

#[test]
fn one_bad_letter_does_not_hold_up_the_others() {
    let office = Office::new();
    (0..3).for_each(|n| _ = office.write(n));
    office.mail.plan([Some(Break::Before)]);
    let round = office.round(NOW);
    assert_eq!((round.sent, round.failed.len()), (2, 1));
}

#[test]
fn old_letters_are_forgotten_and_the_unsent_ones_named() {
    let office = Office::new();
    office.write(0);
    office.round(NOW);
    let unsent = office.write(1);
    office.sql.script(&format!(
        "INSERT INTO one_time_codes (digest, purpose, user, email_key, expires_at_ms) VALUES ('d', 'p', 'u', 'e', {NOW})"
    ));
    let purge = |now_ms| block_on(office.letters.purge(now_ms)).unwrap();
    assert_eq!((purge(NOW + 7 * DAY), office.count("one_time_codes")), (vec![], 1));
    assert_eq!((purge(NOW + 30 * DAY), office.count("one_time_codes"), office.count("letters")), (vec![], 0, 2));
    assert_eq!((purge(NOW + 30 * DAY + 1), office.count("letters")), (vec![], 1));
    assert_eq!((purge(NOW + 90 * DAY), office.count("letters")), (vec![], 1));
    assert_eq!((purge(NOW + 90 * DAY + 2), office.count("letters")), (vec![unsent], 0));
}
