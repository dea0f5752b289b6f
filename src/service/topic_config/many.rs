//! Settings of many topics: a few requests to Kafka, however many topics there are.

use std::{collections::HashSet, time::Instant};

use super::shown;
use crate::{
    error::{Code, Error, Result},
    kafka::Admin,
    pb::v3::{AlterAllTopicsConfigsRequest, TopicConfig, TopicConfigChanges, TopicConfigFailure},
    service::{
        config::{self, changes, names_to_ask, sorted},
        failure,
        page::Page,
        topic_names,
    },
};

/// How many topics are asked for in one request. Kafka's answer to so many is some 4 MB, which is held beside what is shown.
const TOPICS: usize = 500;
/// How many settings a topic has, at least: Kafka 4 knows 35.
const SETTINGS: usize = 16;

/// What settings of topics are sorted by.
type Key = (String, String);

/// The settings of all topics that are not internal, sorted by topic and name, and the token of the next page. A topic that is deleted
/// meanwhile is left out.
pub(super) async fn list(admin: &Admin, cluster_id: &str, page: &Page<Key>, deadline: Instant) -> Result<(Vec<TopicConfig>, String)> {
    let names = topic_names(admin, deadline).await?;
    let first = page.after().map_or(0, |(topic, _)| names.partition_point(|name| name < topic));
    let at_once = page.size().map_or(TOPICS, |size| (size / SETTINGS).clamp(1, TOPICS));
    let mut data = Vec::new();
    for topics in names.get(first..).unwrap_or_default().chunks(at_once) {
        let answers = admin.topics_configs(topics, &[], deadline).await?;
        for (topic, answer) in topics.iter().zip(answers) {
            match answer {
                Ok(entries) => {
                    let configs = sorted(entries).into_iter().map(|entry| shown(cluster_id, topic, entry));
                    data.extend(configs.filter(|config| page.after().is_none_or(|after| key(config) > *after)));
                }
                // Deleted between the two questions.
                Err(error) if error.code() == Code::UnknownTopicOrPartition => {}
                Err(error) => return Err(error),
            }
        }
        if page.is_filled_by(data.len()) {
            break;
        }
    }
    Ok(page.cut(data, key))
}

fn key(config: &TopicConfig) -> Key {
    (config.topic_name.clone(), config.name.clone())
}

/// Checks what concerns the request alone.
///
/// # Errors
/// [`Code::InvalidPayload`] for a topic that is named twice.
pub(super) fn check(asked: &[TopicConfigChanges]) -> Result<()> {
    let mut names = HashSet::new();
    match asked.iter().find(|topic| !names.insert(topic.topic_name.as_str())) {
        Some(twice) => Err(Error::payload(format_args!("Topic {} is given twice.", twice.topic_name))),
        None => Ok(()),
    }
}

/// Makes the changes of each topic, and tells of the topics where Kafka refuses them, in the order of the request.
///
/// # Errors
/// [`Code::UnknownTopicOrPartition`] and [`Code::NotFound`] for a topic or a setting that is not there, before anything is changed.
pub(super) async fn alter(admin: &Admin, asked: AlterAllTopicsConfigsRequest, deadline: Instant) -> Result<Vec<TopicConfigFailure>> {
    for topics in asked.data.chunks(TOPICS) {
        check_known(admin, &asked.cluster_id, topics, deadline).await?;
    }
    let (mut outcomes, mut sent) = (Vec::with_capacity(asked.data.len()), Vec::with_capacity(asked.data.len()));
    for TopicConfigChanges { topic_name, configs } in asked.data {
        let outcome = changes(configs).map(|changes| {
            if !changes.is_empty() {
                sent.push((topic_name.clone(), changes));
            }
        });
        outcomes.push((topic_name, outcome));
    }
    let results = admin.alter_topics_configs(&sent, asked.validate_only.unwrap_or(false), deadline).await?;
    let mut results = sent.iter().zip(results).peekable();
    let failures = outcomes.into_iter().filter_map(|(topic_name, outcome)| {
        let result = results.next_if(|((sent, _), _)| *sent == topic_name).map(|(_, result)| result);
        let error = outcome.and(result.unwrap_or(Ok(()))).err()?;
        let (error_code, message) = failure(&error);
        Some(TopicConfigFailure { topic_name, error_code, message })
    });
    Ok(failures.collect())
}

/// Nothing, if there are the topics and all of the settings.
async fn check_known(admin: &Admin, cluster_id: &str, asked: &[TopicConfigChanges], deadline: Instant) -> Result<()> {
    let resources = asked.iter().map(|topic| config::topic(&topic.topic_name)).collect::<Result<Vec<_>>>()?;
    let topics: Vec<_> = asked.iter().map(|topic| topic.topic_name.clone()).collect();
    let names = names_to_ask(asked.iter().flat_map(|topic| &topic.configs).map(|change| change.name.as_str()));
    let answers = admin.topics_configs(&topics, &names, deadline).await?;
    for ((topic, resource), answer) in asked.iter().zip(&resources).zip(answers) {
        config::check_known(&answer?, &topic.configs, resource, cluster_id)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_changed_only_once_in_a_request() {
        let topic = |name: &str| TopicConfigChanges { topic_name: name.to_owned(), configs: Vec::new() };
        assert!(check(&[topic("a"), topic("b")]).is_ok());
        let error = check(&[topic("a"), topic("b"), topic("a")]).unwrap_err();
        assert_eq!((error.code(), error.message()), (Code::InvalidPayload, "Payload error. Topic a is given twice."));
    }
}
