//! When a topic that was made is known. Brokers learn of it one after the other, and a gateway may ask any of them.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kafka_protocol::{
    messages::{
        ApiKey, MetadataRequest, MetadataResponse, RequestHeader, ResponseHeader, TopicName, metadata_request::MetadataRequestTopic,
    },
    protocol::{Decodable, Encodable, StrBytes},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};

/// How long each broker may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is asked: brokers tell nobody what they have learned.
const LOOK: Duration = Duration::from_millis(20);

/// Waits until every broker of `bootstrap` knows so many partitions of the topic, with their leaders.
///
/// # Errors
/// A broker cannot be asked, or does not know them in time.
pub async fn is_known_everywhere(bootstrap: &str, topic: &str, partitions: usize) -> Result<(), String> {
    for broker in bootstrap.split(',') {
        let mut led = 0;
        let asking = async {
            let mut asked = tokio::time::interval(LOOK);
            while led != partitions {
                asked.tick().await;
                led = led_partitions(broker, topic).await.map_err(|e| format!("asking {broker} for topic {topic}: {e}"))?;
            }
            Ok(())
        };
        let answered = timeout(PATIENCE, asking).await;
        answered.unwrap_or_else(|_| Err(format!("topic {topic} is made, but {broker} knows {led} of its {partitions} partitions")))?;
    }
    Ok(())
}

/// How many partitions with a leader one given broker knows of the topic. Native clients ask whichever broker they like; hence by hand.
async fn led_partitions(broker: &str, topic: &str) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    const VERSION: i16 = 4;
    let topic = MetadataRequestTopic::default().with_name(Some(TopicName(StrBytes::from_string(topic.to_owned()))));
    let request = MetadataRequest::default().with_topics(Some(vec![topic])).with_allow_auto_topic_creation(false);
    let header = RequestHeader::default().with_request_api_key(ApiKey::Metadata as i16).with_request_api_version(VERSION);
    let mut frame = BytesMut::new();
    header.encode(&mut frame, ApiKey::Metadata.request_header_version(VERSION))?;
    request.encode(&mut frame, VERSION)?;

    let mut stream = tokio::net::TcpStream::connect(broker).await?;
    stream.write_i32(i32::try_from(frame.len())?).await?;
    stream.write_all(&frame).await?;
    let mut answer = vec![0; usize::try_from(stream.read_i32().await?)?];
    stream.read_exact(&mut answer).await?;
    let mut answer = Bytes::from(answer);
    ResponseHeader::decode(&mut answer, ApiKey::Metadata.response_header_version(VERSION))?;
    let topics = MetadataResponse::decode(&mut answer, VERSION)?.topics;
    Ok(topics.iter().filter(|t| t.error_code == 0).flat_map(|t| &t.partitions).filter(|p| p.error_code == 0 && p.leader_id.0 >= 0).count())
}
