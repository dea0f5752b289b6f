//! Groups: rounds, expiry and commits.

use super::*;

use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    GroupId, HeartbeatRequest, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, OffsetCommitRequest, SyncGroupRequest,
};

const JOIN: i16 = 6;
const SYNC: i16 = 4;
const SESSION: Duration = Duration::from_secs(6);

fn group() -> GroupId {
    GroupId(text("g"))
}

fn join_request(member: &StrBytes) -> JoinGroupRequest {
    let protocol = JoinGroupRequestProtocol::default().with_name(text("range")).with_metadata(Bytes::from_static(b"m"));
    JoinGroupRequest::default()
        .with_group_id(group())
        .with_session_timeout_ms(6_000)
        .with_rebalance_timeout_ms(60_000)
        .with_member_id(member.clone())
        .with_protocol_type(text("consumer"))
        .with_protocols(vec![protocol])
}

fn sync_request(joined: &JoinGroupResponse) -> SyncGroupRequest {
    let assign = |member: &StrBytes| {
        SyncGroupRequestAssignment::default().with_member_id(member.clone()).with_assignment(member.as_bytes().to_vec().into())
    };
    SyncGroupRequest::default()
        .with_group_id(group())
        .with_generation_id(joined.generation_id)
        .with_member_id(joined.member_id.clone())
        .with_assignments(joined.members.iter().map(|member| assign(&member.member_id)).collect())
}

fn heartbeat(client: &mut Client, member: &StrBytes, generation: i32) -> i16 {
    let request = HeartbeatRequest::default().with_group_id(group()).with_member_id(member.clone()).with_generation_id(generation);
    client.call(&request, 4).error_code
}

/// Gives the connection a member id, without joining yet.
fn member_id(client: &mut Client) -> StrBytes {
    let answer = client.call(&join_request(&text("")), JOIN);
    assert_eq!(answer.error_code, 79);
    answer.member_id
}

/// Sends heartbeats until they tell of a new round, which another connection's request has begun.
fn await_round(client: &mut Client, joined: &JoinGroupResponse) {
    while heartbeat(client, &joined.member_id, joined.generation_id) == 0 {}
    assert_eq!(heartbeat(client, &joined.member_id, joined.generation_id), 27);
}

/// Two members that have joined the same round; the first is the leader.
fn two_members(broker: &TestBroker) -> [(Client, JoinGroupResponse); 2] {
    let [mut leader, mut follower] = [broker.client(), broker.client()];
    let id = member_id(&mut leader);
    let alone = leader.call(&join_request(&id), JOIN);
    leader.call(&sync_request(&alone), SYNC);
    let other = member_id(&mut follower);
    follower.send(&join_request(&other), JOIN);
    await_round(&mut leader, &alone);
    let led = leader.call(&join_request(&id), JOIN);
    let followed = follower.receive::<JoinGroupRequest>(JOIN);
    assert_eq!((led.error_code, followed.error_code), (0, 0));
    [(leader, led), (follower, followed)]
}

/// Two members with assignments; the first is the leader.
fn stable_group(broker: &TestBroker) -> [(Client, JoinGroupResponse); 2] {
    let [(mut leader, led), (mut follower, followed)] = two_members(broker);
    follower.send(&sync_request(&followed), SYNC);
    assert_eq!(leader.call(&sync_request(&led), SYNC).error_code, 0);
    assert_eq!(follower.receive::<SyncGroupRequest>(SYNC).error_code, 0);
    [(leader, led), (follower, followed)]
}

#[test]
fn leader_learns_of_all_members_and_the_others_wait_for_its_assignment() {
    let broker = TestBroker::start();
    let [(mut leader, led), (mut follower, followed)] = two_members(&broker);
    assert_eq!(led.members.len(), 2);
    assert_eq!(followed.leader, led.member_id);
    assert_eq!(followed.generation_id, led.generation_id);
    follower.send(&sync_request(&followed), SYNC);
    assert_eq!(leader.call(&sync_request(&led), SYNC).assignment, led.member_id.as_bytes());
    assert_eq!(follower.receive::<SyncGroupRequest>(SYNC).assignment, followed.member_id.as_bytes());
}

#[test]
fn round_is_not_missed_when_a_member_runs_ahead_into_the_next() {
    let broker = TestBroker::start();
    let [(mut leader, led), (mut follower, followed)] = stable_group(&broker);
    follower.send(&join_request(&followed.member_id), JOIN);
    await_round(&mut leader, &led);
    // The leader completes the round that the follower waits for, and begins another at once.
    let second = leader.call(&join_request(&led.member_id), JOIN);
    leader.call(&sync_request(&second), SYNC);
    leader.send(&join_request(&led.member_id), JOIN);
    let answer = follower.receive::<JoinGroupRequest>(JOIN);
    assert_eq!(answer.generation_id, second.generation_id);
    follower.send(&join_request(&followed.member_id), JOIN);
    assert_eq!(leader.receive::<JoinGroupRequest>(JOIN).generation_id, second.generation_id + 1);
    assert_eq!(follower.receive::<JoinGroupRequest>(JOIN).generation_id, second.generation_id + 1);
}

#[test]
fn silent_member_expires_and_the_others_start_a_round() {
    let broker = TestBroker::start();
    let [(mut leader, led), (mut follower, followed)] = stable_group(&broker);

    broker.pass(SESSION);
    assert_eq!(heartbeat(&mut leader, &led.member_id, led.generation_id), 0);
    broker.pass(Duration::from_millis(1));
    assert_eq!(heartbeat(&mut leader, &led.member_id, led.generation_id), 27, "the other member is gone: rejoin");
    let joined = leader.call(&join_request(&led.member_id), JOIN);
    assert_eq!(joined.members.len(), 1);
    assert_eq!(heartbeat(&mut follower, &followed.member_id, followed.generation_id), 25);
}

#[test]
fn member_that_waits_for_others_does_not_expire() {
    let broker = TestBroker::start();
    let [(mut leader, led), (mut follower, followed)] = stable_group(&broker);

    follower.send(&join_request(&followed.member_id), JOIN);
    await_round(&mut leader, &led);
    broker.pass(SESSION);
    // A sign of life, although it is answered with an error.
    assert_eq!(heartbeat(&mut leader, &led.member_id, led.generation_id), 27);
    broker.pass(SESSION);
    assert_eq!(leader.call(&join_request(&led.member_id), JOIN).members.len(), 2);
    assert_eq!(follower.receive::<JoinGroupRequest>(JOIN).error_code, 0);
}

#[test]
fn leave_of_an_unknown_member_disturbs_nobody() {
    let broker = TestBroker::start();
    let [(mut leader, led), (_follower, _)] = stable_group(&broker);
    let stranger = LeaveGroupRequest::default().with_group_id(group()).with_member_id(text("stranger"));
    assert_eq!(leader.call(&stranger, 2).error_code, 25);
    assert_eq!(heartbeat(&mut leader, &led.member_id, led.generation_id), 0);
}

#[test]
fn commit_without_generation_is_refused_while_the_group_has_members() {
    let broker = TestBroker::start();
    let mut outsider = broker.client();
    outsider.create_topic("t", 1, &[]);
    let partition = OffsetCommitRequestPartition::default().with_committed_offset(3);
    let topic = OffsetCommitRequestTopic::default().with_name(topic_name("t")).with_partitions(vec![partition]);
    let request = OffsetCommitRequest::default().with_group_id(group()).with_generation_id_or_member_epoch(-1).with_topics(vec![topic]);
    let mut commit = |request: &OffsetCommitRequest| outsider.call(request, 7).topics[0].partitions[0].error_code;
    assert_eq!(commit(&request), 0, "a group without members takes commits from outside");

    let [(_leader, led), (_follower, _)] = stable_group(&broker);
    assert_eq!(commit(&request), 25);
    let by_member = request.with_generation_id_or_member_epoch(led.generation_id).with_member_id(led.member_id);
    assert_eq!(commit(&by_member), 0);
}

#[test]
fn member_whose_connection_ends_while_it_waits_expires() {
    let broker = TestBroker::start();
    let [(mut leader, led), (mut follower, followed)] = stable_group(&broker);
    follower.send(&join_request(&followed.member_id), JOIN);
    await_round(&mut leader, &led);
    drop(follower);
    let is_parked = || broker.broker.lock().parked.holds("g", &followed.member_id);
    while is_parked() {
        std::thread::yield_now();
    }
    broker.pass(SESSION);
    heartbeat(&mut leader, &led.member_id, led.generation_id);
    broker.pass(Duration::from_millis(1));
    assert_eq!(leader.call(&join_request(&led.member_id), JOIN).members.len(), 1);
}
