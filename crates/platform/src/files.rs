//! R2, as the `Files` port.

use std::{cell::RefCell, rc::Rc};

use edgewise_domain::{
    chat::send::StoreError,
    files::{inspect::Inspector, records::PREFIX},
    ports::{Files, Listed},
};
use worker::{
    Bucket, Env, Error, Object, Range, Response, ResponseBody, UploadedPart, send::SendFuture, web_sys::ReadableStream,
};

use crate::{bindings, outgoing::ObjectResponse, patience::within, pump::each_chunk};

/// A part of 5 MiB takes a second or two; one that takes so long will not come.
const MAX_MS: u64 = 60_000;

#[derive(Clone)]
pub struct R2Files(Env);

impl R2Files {
    pub const fn new(env: Env) -> Self {
        Self(env)
    }

    fn bucket(&self) -> worker::Result<Bucket> {
        self.0.bucket(bindings::FILES)
    }
}

/// `work` within its time.
fn timely<T>(
    operation: &'static str,
    work: impl Future<Output = worker::Result<T>>,
) -> impl Future<Output = Result<T, StoreError>> + Send {
    SendFuture::new(async move {
        match within(MAX_MS, work).await {
            Some(done) => done.map_err(|error| StoreError { operation, cause: error.to_string() }),
            None => Err(StoreError { operation, cause: format!("no answer after {MAX_MS} ms") }),
        }
    })
}

fn stream(object: &Object) -> worker::Result<ReadableStream> {
    let body = object.body().ok_or_else(|| Error::from("the object has no body"))?;
    match body.response_body()? {
        ResponseBody::Stream(stream) => Ok(stream),
        _ => Err(Error::from("the object's body is no stream")),
    }
}

impl Files for R2Files {
    type Body = ObjectResponse;

    fn put(&self, key: &str, bytes: Vec<u8>) -> impl Future<Output = Result<(), StoreError>> + Send {
        timely("R2 put", async move { self.bucket()?.put(key, bytes).execute().await.map(|_| ()) })
    }

    fn begin(&self, key: &str) -> impl Future<Output = Result<String, StoreError>> + Send {
        timely(
            "R2 begin",
            async move { Ok(self.bucket()?.create_multipart_upload(key).execute().await?.upload_id().await) },
        )
    }

    fn part(
        &self,
        key: &str,
        upload: &str,
        number: u32,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<String, StoreError>> + Send {
        timely("R2 part", async move {
            let number = u16::try_from(number).map_err(|_| Error::from("there are no so many parts"))?;
            let upload = self.bucket()?.resume_multipart_upload(key, upload)?;
            Ok(upload.upload_part(number, bytes).await?.etag())
        })
    }

    fn complete(
        &self,
        key: &str,
        upload: &str,
        parts: Vec<(u32, String)>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        timely("R2 complete", async move {
            let part = |(number, etag): (u32, String)| Some(UploadedPart::new(u16::try_from(number).ok()?, etag));
            let upload = self.bucket()?.resume_multipart_upload(key, upload)?;
            upload.complete(parts.into_iter().filter_map(part)).await.map(|_| ())
        })
    }

    fn abort(&self, key: &str, upload: &str) -> impl Future<Output = Result<(), StoreError>> + Send {
        timely("R2 abort", async move {
            match self.bucket()?.resume_multipart_upload(key, upload)?.abort().await {
                Err(error) if is_unknown_upload(&error) => Ok(()),
                done => done,
            }
        })
    }

    fn open(
        &self,
        key: &str,
        range: Option<(u64, u64)>,
    ) -> impl Future<Output = Result<Option<ObjectResponse>, StoreError>> + Send {
        timely("R2 get", async move {
            let bucket = self.bucket()?;
            let mut get = bucket.get(key);
            if let Some((offset, length)) = range {
                get = get.range(Range::OffsetWithLength { offset, length });
            }
            let Some(object) = get.execute().await? else { return Ok(None) };
            let response = Response::from_body(ResponseBody::Stream(stream(&object)?))?;
            Ok(Some(ObjectResponse::new(response)))
        })
    }

    fn read(&self, key: &str, most: u64) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send {
        timely("R2 get", async move {
            let bucket = self.bucket()?;
            let range = Range::Prefix { length: most };
            let Some(object) = bucket.get(key).range(range).execute().await? else { return Ok(None) };
            let body = object.body().ok_or_else(|| Error::from("the object has no body"))?;
            body.bytes().await.map(Some)
        })
    }

    fn inspect(
        &self,
        key: &str,
        inspector: Inspector,
    ) -> impl Future<Output = Result<Option<Inspector>, StoreError>> + Send {
        timely("R2 inspect", async move {
            let Some(object) = self.bucket()?.get(key).execute().await? else { return Ok(None) };
            let shared = Rc::new(RefCell::new(inspector));
            let looking = Rc::clone(&shared);
            let look = move |chunk: Vec<u8>| {
                looking.borrow_mut().push(&chunk);
                true
            };
            each_chunk(&stream(&object)?, look).await?;
            let seen = shared.borrow().clone();
            Ok(Some(seen))
        })
    }

    fn delete(&self, keys: Vec<String>) -> impl Future<Output = Result<(), StoreError>> + Send {
        timely("R2 delete", async move { self.bucket()?.delete_multiple(keys).await })
    }

    fn list(&self, after: Option<&str>, limit: u32) -> impl Future<Output = Result<Vec<Listed>, StoreError>> + Send {
        timely("R2 list", async move {
            let bucket = self.bucket()?;
            let mut list = bucket.list().prefix(PREFIX).limit(limit);
            if let Some(after) = after {
                list = list.start_after(after);
            }
            let found = list.execute().await?.objects();
            Ok(found
                .iter()
                .map(|object| Listed { key: object.key(), stored_at_ms: object.uploaded().as_millis() })
                .collect())
        })
    }
}

/// An upload that was completed or aborted already: "The specified multipart upload does not exist. (10024)".
fn is_unknown_upload(error: &Error) -> bool {
    let text = error.to_string();
    text.contains("10024") || text.contains("multipart upload does not exist")
}
