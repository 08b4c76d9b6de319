//! R2 in memory, with its rules about parts, which fails on demand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use edgewise_domain::{
    chat::send::StoreError,
    files::inspect::Inspector,
    ports::{Clock, Files, Listed},
};

use crate::{
    memory::{Break, Fails},
    ports::{Hop, Hops, TestClock},
};

/// R2 takes no smaller one but the last.
const MIN_PART_BYTES: usize = 5 * 1024 * 1024;

type Parts = BTreeMap<u32, Vec<u8>>;

#[derive(Debug, Default)]
struct Held {
    objects: BTreeMap<String, (u64, Vec<u8>)>,
    uploads: BTreeMap<String, (String, Parts)>,
}

#[derive(Debug, Clone)]
pub struct MemoryFiles {
    hops: Hops,
    clock: TestClock,
    fails: Fails,
    held: Arc<Mutex<Held>>,
}

/// Bytes of an object.
#[derive(Debug)]
pub struct Bytes(Vec<u8>);

impl IntoResponse for Bytes {
    fn into_response(self) -> Response {
        Body::from(self.0).into_response()
    }
}

impl MemoryFiles {
    pub(crate) fn new(hops: Hops, clock: TestClock) -> Self {
        Self { hops, clock, fails: Fails::default(), held: Arc::default() }
    }

    /// The `nth` call from now (0 is the next) fails.
    pub fn break_call(&self, nth: u32, how: Break) {
        self.fails.plan(nth, how);
    }

    /// All keys.
    pub fn keys(&self) -> Vec<String> {
        self.held.lock().unwrap().objects.keys().cloned().collect()
    }

    /// Uploads in parts that have not ended.
    pub fn uploads(&self) -> usize {
        self.held.lock().unwrap().uploads.len()
    }

    /// Loses an object behind everybody's back.
    pub fn lose(&self, key: &str) {
        self.held.lock().unwrap().objects.remove(key);
    }

    fn call<T>(&self, act: impl FnOnce(&mut Held, u64) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.hops.lock().unwrap().push(Hop::Files);
        let mut held = self.held.lock().unwrap();
        match self.fails.next() {
            Some(Break::Before) => Err(failed("told to")),
            Some(Break::After) => act(&mut held, self.clock.now_ms()).and(Err(failed("told to"))),
            None => act(&mut held, self.clock.now_ms()),
        }
    }
}

fn failed(cause: &str) -> StoreError {
    StoreError { operation: "files", cause: cause.into() }
}

impl Files for MemoryFiles {
    type Body = Bytes;

    async fn put(&self, key: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        self.call(|held, now_ms| {
            held.objects.insert(key.into(), (now_ms, bytes));
            Ok(())
        })
    }

    async fn begin(&self, key: &str) -> Result<String, StoreError> {
        self.call(|held, now_ms| {
            let upload = format!("upload-{now_ms}");
            held.uploads.insert(upload.clone(), (key.into(), Parts::new()));
            Ok(upload)
        })
    }

    async fn part(&self, key: &str, upload: &str, number: u32, bytes: Vec<u8>) -> Result<String, StoreError> {
        self.call(|held, _| match held.uploads.get_mut(upload) {
            Some((known, parts)) if known == key => {
                let etag = format!("{number}-{}", bytes.len());
                parts.insert(number, bytes);
                Ok(etag)
            }
            _ => Err(failed("no such upload")),
        })
    }

    async fn complete(&self, key: &str, upload: &str, named: Vec<(u32, String)>) -> Result<(), StoreError> {
        self.call(|held, now_ms| {
            let (_, parts) = held.uploads.remove(upload).ok_or_else(|| failed("no such upload"))?;
            let sizes: Vec<_> = parts.values().map(Vec::len).collect();
            let numbers: Vec<_> = parts.keys().copied().collect();
            assert_eq!(numbers, named.iter().map(|(number, _)| *number).collect::<Vec<_>>());
            let (last, others) = sizes.split_last().unwrap();
            assert!(
                others.iter().all(|size| *size == others[0] && *size >= MIN_PART_BYTES && size >= last),
                "{sizes:?}"
            );
            held.objects.insert(key.into(), (now_ms, parts.into_values().flatten().collect()));
            Ok(())
        })
    }

    async fn abort(&self, _key: &str, upload: &str) -> Result<(), StoreError> {
        self.call(|held, _| {
            held.uploads.remove(upload);
            Ok(())
        })
    }

    async fn open(&self, key: &str, range: Option<(u64, u64)>) -> Result<Option<Bytes>, StoreError> {
        self.call(|held, _| {
            let Some((_, bytes)) = held.objects.get(key) else { return Ok(None) };
            let (from, length) = range.unwrap_or((0, bytes.len() as u64));
            Ok(Some(Bytes(bytes[from as usize..(from + length) as usize].to_vec())))
        })
    }

    async fn read(&self, key: &str, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.call(|held, _| {
            let bytes = held.objects.get(key).map(|(_, bytes)| bytes);
            Ok(bytes.map(|bytes| bytes[..bytes.len().min(most as usize)].to_vec()))
        })
    }

    async fn inspect(&self, key: &str, mut inspector: Inspector) -> Result<Option<Inspector>, StoreError> {
        self.call(|held, _| {
            let Some((_, bytes)) = held.objects.get(key) else { return Ok(None) };
            bytes.chunks(4_096).for_each(|chunk| inspector.push(chunk));
            Ok(Some(inspector))
        })
    }

    async fn delete(&self, keys: Vec<String>) -> Result<(), StoreError> {
        self.call(|held, _| {
            held.objects.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    async fn list(&self, after: Option<&str>, limit: u32) -> Result<Vec<Listed>, StoreError> {
        self.call(|held, _| {
            let rest = held.objects.iter().filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
            let listed = |(key, (at, _)): (&String, &(u64, Vec<u8>))| Listed { key: key.clone(), stored_at_ms: *at };
            Ok(rest.take(limit as usize).map(listed).collect())
        })
    }
}
