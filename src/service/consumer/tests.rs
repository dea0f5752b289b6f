//! The rules of consumer instances, through the RPCs, on scripted consumers.

mod lifetime;
mod positions;
mod reading;
mod subscriptions;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tonic::Request;

use super::{
    ConsumerService, Rpcs, Settings,
    source::scripted::{Script, Scripts},
};
use crate::{
    caller::{BaseUrl, Caller, Principal},
    error::{Code, Error, Result},
    pb::v2::*,
    service::schemas::Schemas,
};

/// A service over scripts.
struct Bench {
    service: ConsumerService,
    scripts: Arc<Scripts>,
}

/// One instance, `one` in group `g`, and its script.
struct One {
    bench: Bench,
    script: Arc<Script>,
}

fn request<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Caller {
        principal: Principal::Anonymous,
        request_id: "r".into(),
        deadline: Instant::now() + Duration::from_secs(600),
        base_url: BaseUrl::new("http://host:8082"),
    });
    request
}

fn entry(topic: &str, partition: i32) -> TopicPartition {
    TopicPartition { topic: Some(topic.to_owned()), partition: Some(partition) }
}

fn offset(topic: &str, partition: i32, offset: i64) -> TopicPartitionOffset {
    TopicPartitionOffset { topic: Some(topic.to_owned()), partition: Some(partition), offset: Some(offset), metadata: None }
}

/// The code and text of an error.
fn refused<T: std::fmt::Debug>(result: Result<T>) -> (Code, String) {
    let error = result.unwrap_err();
    (error.code(), error.message().to_owned())
}

macro_rules! calls {
    ($( $name:ident: $request:ident => $out:ty, |$answer:ident| $pick:expr; )*) => {
        impl One {
            $( async fn $name(&self, mut message: $request) -> Result<$out> {
                (message.group_id, message.instance_id) = ("g".to_owned(), "one".to_owned());
                let $answer = Rpcs::$name(&self.bench.service, request(message)).await.map_err(Error::from)?.into_inner();
                Ok($pick)
            } )*
        }
    };
}

calls! {
    delete_consumer: DeleteConsumerRequest => DeleteConsumerResponse, |a| a;
    subscribe: SubscribeRequest => SubscribeResponse, |a| a;
    get_subscription: GetSubscriptionRequest => Vec<String>, |a| a.topics;
    unsubscribe: UnsubscribeRequest => UnsubscribeResponse, |a| a;
    assign: AssignRequest => AssignResponse, |a| a;
    get_assignment: GetAssignmentRequest => Vec<TopicPartition>, |a| a.partitions;
    seek: SeekRequest => SeekResponse, |a| a;
    seek_to_beginning: SeekToBeginningRequest => SeekToBeginningResponse, |a| a;
    seek_to_end: SeekToEndRequest => SeekToEndResponse, |a| a;
    read_records: ReadRecordsRequest => Vec<ConsumerRecord>, |a| a.records;
    commit_offsets: CommitOffsetsRequest => Vec<CommittedOffset>, |a| a.commits;
    get_committed_offsets: GetCommittedOffsetsRequest => Vec<CommittedOffset>, |a| a.offsets;
}

impl Bench {
    fn new(settings: Settings) -> Self {
        let scripts = Arc::new(Scripts::default());
        Self { service: ConsumerService::over(Arc::new(scripts.clone()), Schemas::none(), settings), scripts }
    }

    async fn create(&self, message: CreateConsumerRequest) -> Result<CreateConsumerResponse> {
        Ok(self.service.create_consumer(request(message)).await?.into_inner())
    }

    async fn one(self, mut message: CreateConsumerRequest) -> One {
        (message.group_id, message.name) = ("g".to_owned(), Some("one".to_owned()));
        self.create(message).await.unwrap();
        let script = self.scripts.opened.lock().last().unwrap().0.clone();
        One { bench: self, script }
    }
}

impl One {
    /// An instance that returns as soon as it has a byte.
    async fn fast() -> Self {
        Self::of(CreateConsumerRequest { fetch_min_bytes: Some(1), ..Default::default() }).await
    }

    async fn of(message: CreateConsumerRequest) -> Self {
        Bench::new(Settings::default()).one(message).await
    }

    /// With partition 0 of `t` assigned by hand.
    async fn assigned(self) -> Self {
        self.assign(AssignRequest { partitions: vec![entry("t", 0)], ..Default::default() }).await.unwrap();
        self.script.calls();
        self
    }

    /// Subscribed to `t`, with its partition 0.
    async fn subscribed(self) -> Self {
        self.subscribe(SubscribeRequest { topics: vec!["t".to_owned()], ..Default::default() }).await.unwrap();
        self.script.with(|s| s.assigned = vec![super::source::scripted::at("t", 0)]);
        self.script.calls();
        self
    }

    async fn read(&self) -> Result<Vec<ConsumerRecord>> {
        self.read_records(ReadRecordsRequest::default()).await
    }

    async fn read_up_to(&self, max_bytes: i64) -> Vec<i64> {
        offsets(&self.read_records(ReadRecordsRequest { max_bytes: Some(max_bytes), ..Default::default() }).await.unwrap())
    }
}

fn offsets(records: &[ConsumerRecord]) -> Vec<i64> {
    records.iter().map(|r| r.offset).collect()
}
