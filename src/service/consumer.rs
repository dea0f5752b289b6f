//! API v2's consumer instances: named consumers of a group that the gateway keeps between requests.
//!
//! Here the RPCs: find the instance, check the request, let the instance do it. Start with [`ConsumerService`]; the rules are in
//! `subscription`, `positions` and `read`. Every call for an instance runs in a task of its own, so that a client that goes away
//! interrupts nothing half done and loses no record.

mod buffer;
mod decode;
mod instance;
mod pattern;
mod positions;
mod read;
mod registry;
mod requests;
mod settings;
mod source;
mod subscription;
#[cfg(test)]
mod tests;

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::time::{MissedTickBehavior, interval, timeout_at};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use tonic::{Request, Response, Status};

use self::{
    decode::Decoder,
    instance::{Entered, Instance, Open},
    read::Asked,
    registry::{Key, Registry},
    requests::Plan,
    source::Sources,
};
use super::schemas::Schemas;
use crate::{
    caller::{Caller, segment},
    error::{Error, Result},
    kafka::{Kafka, Position, TopicPartition},
    pb::v2::{self, consumer_service_server::ConsumerService as Rpcs, *},
};

pub use settings::Settings;

/// How often idle instances are looked for.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(1);
/// How long leaving a group may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long Kafka may take for an answer, if the client does not give up earlier (the Java client's `request.timeout.ms`).
const KAFKA_TIMEOUT: Duration = Duration::from_secs(30);

/// The RPCs over consumer instances, and the instances. Cheap to clone; all clones share the instances.
#[derive(Clone)]
pub struct ConsumerService {
    sources: Arc<dyn Sources>,
    schemas: Arc<Schemas>,
    settings: Arc<Settings>,
    registry: Arc<Registry>,
    /// The calls that are under way, and the search for idle instances.
    tasks: TaskTracker,
    expiry: CancellationToken,
    /// Ends the search for idle instances with the last clone.
    _expiry_guard: Arc<DropGuard>,
}

impl ConsumerService {
    /// Without instances. Call it within a Tokio runtime: it starts the search for idle instances.
    pub fn new(kafka: Arc<Kafka>, schemas: Arc<Schemas>, settings: Settings) -> Self {
        Self::over(Arc::new(kafka), schemas, settings)
    }

    fn over(sources: Arc<dyn Sources>, schemas: Arc<Schemas>, settings: Settings) -> Self {
        let expiry = CancellationToken::new();
        let service = Self {
            sources,
            schemas,
            registry: Registry::new(settings.instances_max),
            settings: Arc::new(settings),
            tasks: TaskTracker::new(),
            _expiry_guard: Arc::new(expiry.clone().drop_guard()),
            expiry,
        };
        let timeout = Duration::from_millis(service.settings.instance_timeout_ms);
        let search = expire(service.registry.clone(), service.tasks.clone(), timeout);
        let stopped = service.expiry.clone();
        service.tasks.spawn(async move { stopped.run_until_cancelled(search).await });
        service
    }

    /// Closes all instances, each after the calls that are under way for it, and takes no new ones. What is not closed when the
    /// time is over is left to the group's coordinator.
    pub async fn close(&self, timeout: Duration) {
        let deadline = tokio::time::Instant::now() + timeout;
        self.expiry.cancel();
        for (key, instance) in self.registry.shut() {
            self.tasks.spawn(async move {
                if let Some(open) = instance.take().await {
                    close(&key, open, deadline.saturating_duration_since(tokio::time::Instant::now())).await;
                }
            });
        }
        self.tasks.close();
        if timeout_at(deadline, self.tasks.wait()).await.is_err() {
            tracing::warn!(?timeout, "not all consumer instances could be closed in time");
        }
    }

    fn find(&self, group_id: String, instance_id: String) -> Result<Arc<Instance>> {
        self.registry.get(&Key { group: group_id, name: instance_id })
    }

    /// Runs a call to its end, even if nobody waits for it any more.
    async fn to_the_end<T: Send + 'static>(&self, call: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        self.tasks.spawn(call).await.map_err(Error::internal)?
    }

    async fn create(&self, caller: Caller, request: CreateConsumerRequest) -> Result<String> {
        let plan = Plan::new(&request, &self.settings)?;
        let (instance, mut place) = Instance::reserve(plan.format).await;
        let reservation = self.registry.add(Key { group: request.group_id.clone(), name: plan.name.clone() }, instance)?;
        let settings = requests::consumer_settings(&request)?;
        let auto_commit = settings.auto_commit.unwrap_or(true);
        let source = self.sources.open(&caller, settings).await?;
        let decoder = Decoder::new(plan.format, plan.as_bytes, self.schemas.clone());
        *place = Some(Open::new(source, auto_commit, &plan, decoder, self.settings.request_max_bytes));
        reservation.keep();
        Ok(plan.name)
    }

    async fn seek_all(&self, instance: Arc<Instance>, partitions: Vec<v2::TopicPartition>, to: Position) -> Result<()> {
        let partitions = requests::partitions(partitions)?;
        self.to_the_end(async move { instance.enter().await?.seek_all(partitions, to).await }).await
    }
}

/// Closes the instances that are idle for too long, for ever.
async fn expire(registry: Arc<Registry>, tasks: TaskTracker, timeout: Duration) {
    let mut ticks = interval(EXPIRY_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        for (key, open) in registry.remove_idle(timeout) {
            tracing::info!(group = key.group, instance = key.name, "a consumer instance was not used for too long and is closed");
            tasks.spawn(async move { close(&key, open, CLOSE_TIMEOUT).await });
        }
    }
}

/// Closes an instance where no client is told of a failure.
async fn close(key: &Key, open: Open, timeout: Duration) {
    if let Err(error) = open.close(timeout).await {
        tracing::warn!(group = key.group, instance = key.name, %error, "a consumer instance was not closed properly");
    }
}

/// How long the client still waits.
fn patience(caller: &Caller) -> Duration {
    caller.deadline.saturating_duration_since(Instant::now())
}

#[tonic::async_trait]
impl Rpcs for ConsumerService {
    async fn create_consumer(&self, request: Request<CreateConsumerRequest>) -> Result<Response<CreateConsumerResponse>, Status> {
        let caller = Caller::of(&request)?;
        let base_url = caller.base_url.clone();
        let request = request.into_inner();
        let group = segment(&request.group_id).to_string();
        let service = self.clone();
        let name = self.to_the_end(async move { service.create(caller, request).await }).await?;
        let base_uri = format!("{base_url}/consumers/{group}/instances/{}", segment(&name));
        Ok(Response::new(CreateConsumerResponse { instance_id: name, base_uri }))
    }

    async fn delete_consumer(&self, request: Request<DeleteConsumerRequest>) -> Result<Response<DeleteConsumerResponse>, Status> {
        let request = request.into_inner();
        let instance = self.registry.remove(&Key { group: request.group_id, name: request.instance_id })?;
        let close = async move {
            match instance.take().await {
                Some(open) => open.close(CLOSE_TIMEOUT).await,
                None => Ok(()),
            }
        };
        self.to_the_end(close).await?;
        Ok(Response::new(DeleteConsumerResponse {}))
    }

    async fn subscribe(&self, request: Request<SubscribeRequest>) -> Result<Response<SubscribeResponse>, Status> {
        let request = request.into_inner();
        let instance = self.find(request.group_id, request.instance_id)?;
        let wanted = requests::subscription(request.topics, request.topic_pattern.as_deref())?;
        self.to_the_end(async move { instance.enter().await?.subscribe(wanted).await }).await?;
        Ok(Response::new(SubscribeResponse {}))
    }

    async fn get_subscription(&self, request: Request<GetSubscriptionRequest>) -> Result<Response<GetSubscriptionResponse>, Status> {
        let request = request.into_inner();
        let instance = self.find(request.group_id, request.instance_id)?;
        let topics = self.to_the_end(async move { instance.enter().await?.subscription().await }).await?;
        Ok(Response::new(GetSubscriptionResponse { topics }))
    }

    async fn unsubscribe(&self, request: Request<UnsubscribeRequest>) -> Result<Response<UnsubscribeResponse>, Status> {
        let request = request.into_inner();
        let instance = self.find(request.group_id, request.instance_id)?;
        self.to_the_end(async move { instance.enter().await?.unsubscribe().await }).await?;
        Ok(Response::new(UnsubscribeResponse {}))
    }

    async fn assign(&self, request: Request<AssignRequest>) -> Result<Response<AssignResponse>, Status> {
        let request = request.into_inner();
        let instance = self.find(request.group_id, request.instance_id)?;
        let partitions = requests::partitions(request.partitions)?;
        self.to_the_end(async move { instance.enter().await?.assign(partitions).await }).await?;
        Ok(Response::new(AssignResponse {}))
    }

    async fn get_assignment(&self, request: Request<GetAssignmentRequest>) -> Result<Response<GetAssignmentResponse>, Status> {
        let request = request.into_inner();
        let instance = self.find(request.group_id, request.instance_id)?;
        let partitions = self.to_the_end(async move { instance.enter().await?.assignment().await }).await?;
        let partitions = partitions
            .into_iter()
            .map(|TopicPartition { topic, partition }| v2::TopicPartition { topic: Some(topic.to_string()), partition: Some(partition) });
        Ok(Response::new(GetAssignmentResponse { partitions: partitions.collect() }))
    }

    async fn seek(&self, request: Request<SeekRequest>) -> Result<Response<SeekResponse>, Status> {
        let request = request.into_inner();
        let instance = self.find(request.group_id, request.instance_id)?;
        let positions = requests::positions(request.offsets, request.timestamps)?;
        self.to_the_end(async move { instance.enter().await?.seek(positions).await }).await?;
        Ok(Response::new(SeekResponse {}))
    }

    async fn seek_to_beginning(&self, request: Request<SeekToBeginningRequest>) -> Result<Response<SeekToBeginningResponse>, Status> {
        let request = request.into_inner();
        let instance = self.find(request.group_id, request.instance_id)?;
        self.seek_all(instance, request.partitions, Position::Beginning).await?;
        Ok(Response::new(SeekToBeginningResponse {}))
    }

    async fn seek_to_end(&self, request: Request<SeekToEndRequest>) -> Result<Response<SeekToEndResponse>, Status> {
        let request = request.into_inner();
        let instance = self.find(request.group_id, request.instance_id)?;
        self.seek_all(instance, request.partitions, Position::End).await?;
        Ok(Response::new(SeekToEndResponse {}))
    }

    async fn read_records(&self, request: Request<ReadRecordsRequest>) -> Result<Response<ReadRecordsResponse>, Status> {
        let caller = Caller::of(&request)?;
        let request = request.into_inner();
        let instance = self.find(request.group_id, request.instance_id)?;
        instance.format().admit(request.format)?;
        let fill = async move {
            let mut entered: Entered = instance.enter().await?;
            // The wait for the instance may have used up the client's time.
            let asked = Asked::new(request.timeout_ms, request.max_bytes, patience(&caller));
            let portion = entered.fill(asked).await?;
            Ok((entered, portion))
        };
        // The task ends with the records still in the instance: they leave it only here, where the client is still waiting.
        let (mut entered, portion) = self.to_the_end(fill).await?;
        Ok(Response::new(ReadRecordsResponse { records: entered.take(portion)? }))
    }

    async fn commit_offsets(&self, request: Request<CommitOffsetsRequest>) -> Result<Response<CommitOffsetsResponse>, Status> {
        let request = request.into_inner();
        let instance = self.find(request.group_id, request.instance_id)?;
        let offsets = request.commit.map(|commit| requests::commits(commit.offsets)).transpose()?;
        let commit = async move {
            let mut entered = instance.enter().await?;
            match offsets {
                Some(offsets) => entered.commit(offsets).await,
                None => entered.commit_positions().await,
            }
        };
        self.to_the_end(commit).await?;
        Ok(Response::new(CommitOffsetsResponse { commits: Vec::new() }))
    }

    async fn get_committed_offsets(
        &self,
        request: Request<GetCommittedOffsetsRequest>,
    ) -> Result<Response<GetCommittedOffsetsResponse>, Status> {
        let timeout = patience(&Caller::of(&request)?).min(KAFKA_TIMEOUT);
        let request = request.into_inner();
        let instance = self.find(request.group_id, request.instance_id)?;
        let partitions = requests::partitions(request.partitions)?;
        let committed = self.to_the_end(async move { instance.enter().await?.committed(&partitions, timeout).await }).await?;
        let offsets = committed.into_iter().map(|c| CommittedOffset {
            topic: c.topic,
            partition: c.partition,
            offset: c.offset,
            metadata: c.metadata,
        });
        Ok(Response::new(GetCommittedOffsetsResponse { offsets: offsets.collect() }))
    }
}
