//! Consumer groups: lets JoinGroup and SyncGroup wait for the other members, and keeps count of who is alive.
//!
//! The engine decides each step; its own waiting polls and can miss a round that is over before the next look, so here the requests
//! are parked beside the state and answered under the same lock, at the step that completes them. Members' expiry is driven by
//! `upkeep`. Start at [`join`] and [`settle`].

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{
    GroupId, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest, JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse,
    OffsetCommitRequest, OffsetCommitResponse, SyncGroupRequest, SyncGroupResponse,
};
#[cfg(test)]
use kafka_protocol::messages::{
    OffsetFetchRequest, OffsetFetchResponse, offset_fetch_request::OffsetFetchRequestGroup, offset_fetch_response::OffsetFetchResponseGroup,
};
use kafka_protocol::protocol::StrBytes;
use noida::kafka::engine::{EngineState, GroupLifecycleState, GroupMember, GroupState};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};

use super::broker::{Broker, State};
use super::dispatch::Call;

#[cfg(test)]
const NOT_COORDINATOR: i16 = 16;
const UNKNOWN_MEMBER_ID: i16 = 25;
const REBALANCE_IN_PROGRESS: i16 = 27;
const FENCED_INSTANCE_ID: i16 = 82;

/// The first version of LeaveGroup that names several members.
const LEAVE_SEVERAL: i16 = 3;

/// The requests that wait, by group. One whose connection is gone has a closed reply and counts as absent.
#[derive(Default)]
pub(super) struct Parked {
    joins: HashMap<String, Vec<ParkedJoin>>,
    syncs: HashMap<String, Vec<ParkedSync>>,
}

struct ParkedJoin {
    member: String,
    /// Whether the member has a `group.instance.id`: losing its place means that another instance took it.
    is_static: bool,
    reply: oneshot::Sender<JoinGroupResponse>,
}

struct ParkedSync {
    request: SyncGroupRequest,
    version: i16,
    reply: oneshot::Sender<SyncGroupResponse>,
}

impl Parked {
    /// Whether this member waits for others now; its session cannot expire meanwhile.
    pub(super) fn holds(&self, group: &str, member: &str) -> bool {
        let joins = self.joins.get(group).into_iter().flatten();
        let syncs = self.syncs.get(group).into_iter().flatten();
        joins.filter(|join| !join.reply.is_closed()).any(|join| join.member == member)
            || syncs.filter(|sync| !sync.reply.is_closed()).any(|sync| sync.request.member_id.as_str() == member)
    }
}

/// JoinGroup: answers when the round is complete, that is when every member has joined, has left, or is overdue.
pub(super) async fn join(broker: &Broker, mut request: JoinGroupRequest, call: &Call) -> JoinGroupResponse {
    if call.version == 0 {
        // Version 0 has no time-out of its own for the round.
        request.rebalance_timeout_ms = request.session_timeout_ms;
    }
    let group_id = request.group_id.to_string();
    let mut joined = {
        let State { engine, parked, .. } = &mut *broker.lock();
        let answer = engine.handle_join_group(&request, call.version, &call.client_id, &call.client_host);
        if answer.error_code != 0 {
            return answer;
        }
        let (reply, joined) = oneshot::channel();
        let member = answer.member_id.to_string();
        let is_static = request.group_instance_id.is_some();
        parked.joins.entry(group_id.clone()).or_default().push(ParkedJoin { member, is_static, reply });
        settle(engine, parked, &group_id);
        joined
    };
    loop {
        let round_ends = round_end(&broker.lock().engine, &group_id);
        match timeout_at(round_ends, &mut joined).await {
            Ok(Ok(answer)) => return answer,
            Ok(Err(_)) => return refused_join(&request.member_id, UNKNOWN_MEMBER_ID),
            Err(_) => {
                let State { engine, parked, .. } = &mut *broker.lock();
                end_overdue_round(engine, &group_id);
                settle(engine, parked, &group_id);
            }
        }
    }
}

/// SyncGroup: the leader's is answered at once, the others' when the leader's has come.
pub(super) async fn sync(broker: &Broker, request: SyncGroupRequest, version: i16) -> SyncGroupResponse {
    let group_id = request.group_id.to_string();
    let (synced, patience) = {
        let State { engine, parked, .. } = &mut *broker.lock();
        if !waits_for_leader(engine, &request) {
            let answer = engine.handle_sync_group(&request, version);
            touch(engine, &group_id, &request.member_id);
            settle(engine, parked, &group_id);
            return answer;
        }
        let member = engine.groups.get(&group_id).and_then(|group| group.members.get(request.member_id.as_str()));
        let patience = milliseconds(i64::from(member.map_or(0, |member| member.rebalance_timeout_ms)));
        let (reply, synced) = oneshot::channel();
        parked.syncs.entry(group_id).or_default().push(ParkedSync { request, version, reply });
        (synced, patience)
    };
    match timeout(patience, synced).await {
        Ok(Ok(answer)) => answer,
        // A leader that is alive but hands out nothing: the member is to join again.
        Ok(Err(_)) | Err(_) => SyncGroupResponse::default().with_error_code(REBALANCE_IN_PROGRESS),
    }
}

/// Heartbeat: a sign of life even while a round is under way, which the engine would not count.
pub(super) fn heartbeat(engine: &mut EngineState, request: &HeartbeatRequest, version: i16) -> HeartbeatResponse {
    touch(engine, &request.group_id, &request.member_id);
    engine.handle_heartbeat(request, version)
}

/// OffsetCommit: a sign of life. The engine refuses one without generation (−1) while the group has members.
pub(super) fn commit(engine: &mut EngineState, request: &OffsetCommitRequest, version: i16) -> OffsetCommitResponse {
    touch(engine, &request.group_id, &request.member_id);
    engine.handle_offset_commit(request, version)
}

/// OffsetFetch (from version 8 on) as a broker answers it that is not the coordinator of the groups.
#[cfg(test)]
pub(super) fn refuse_offsets(request: &OffsetFetchRequest) -> OffsetFetchResponse {
    let refused = |group: &OffsetFetchRequestGroup| {
        OffsetFetchResponseGroup::default().with_group_id(group.group_id.clone()).with_error_code(NOT_COORDINATOR)
    };
    OffsetFetchResponse::default().with_groups(request.groups.iter().map(refused).collect())
}

/// LeaveGroup: starts a round for those who stay, unless nobody has left.
pub(super) fn leave(engine: &mut EngineState, parked: &mut Parked, request: &LeaveGroupRequest, version: i16) -> LeaveGroupResponse {
    let group_id = request.group_id.as_str();
    let now = engine.now_ms();
    let Some(group) = engine.groups.get(group_id) else { return engine.handle_leave_group(request, version) };
    let was_preparing = group.state == GroupLifecycleState::PreparingRebalance;
    let known = |identity: &MemberIdentity| match &identity.group_instance_id {
        Some(instance) if identity.member_id.is_empty() => group.member_for_instance(instance).is_some(),
        _ => group.members.contains_key(identity.member_id.as_str()),
    };
    let several = version >= LEAVE_SEVERAL;
    let any_known = if several { request.members.iter().any(known) } else { group.members.contains_key(request.member_id.as_str()) };
    if !any_known {
        // The engine would start a round for the whole group.
        let unknown = |identity: &MemberIdentity| {
            let response = MemberResponse::default().with_member_id(identity.member_id.clone()).with_error_code(UNKNOWN_MEMBER_ID);
            response.with_group_instance_id(identity.group_instance_id.clone())
        };
        let answer = LeaveGroupResponse::default().with_members(request.members.iter().map(unknown).collect());
        return if several { answer } else { answer.with_error_code(UNKNOWN_MEMBER_ID) };
    }
    let mut answer = engine.handle_leave_group(request, version);
    if several {
        // Since version 3 each member has its own error.
        answer.error_code = 0;
    }
    if let Some(group) = engine.groups.get_mut(group_id)
        && group.state == GroupLifecycleState::PreparingRebalance
        && !was_preparing
    {
        // Else the new round would be overdue from the last one's start.
        group.rebalance_start_ms = now;
    }
    settle(engine, parked, group_id);
    answer
}

/// Removes the members that have given no sign of life within their session time-out.
pub(super) fn expire_members(state: &mut State) {
    let State { engine, parked, .. } = state;
    let now = engine.now_ms();
    let mut expired = Vec::new();
    for (group_id, group) in &engine.groups {
        for (member_id, member) in &group.members {
            let silent = now - member.last_heartbeat_ms > i64::from(member.session_timeout_ms);
            if silent && !parked.holds(group_id, member_id) {
                expired.push((group_id.clone(), member_id.clone()));
            }
        }
    }
    for (group_id, member_id) in expired {
        let member = MemberIdentity::default().with_member_id(StrBytes::from_string(member_id));
        let request = LeaveGroupRequest::default().with_group_id(GroupId(StrBytes::from_string(group_id))).with_members(vec![member]);
        leave(engine, parked, &request, LEAVE_SEVERAL);
    }
}

/// Answers each parked request of a group that need not wait any longer; to be called after each step that may have changed the group.
fn settle(engine: &mut EngineState, parked: &mut Parked, group_id: &str) {
    for join in parked.joins.remove(group_id).unwrap_or_default() {
        match joined(engine.groups.get(group_id), &join) {
            Some(answer) => {
                touch(engine, group_id, &join.member);
                // A member that is gone meanwhile expires by its silence.
                let _ = join.reply.send(answer);
            }
            None if join.reply.is_closed() => (),
            None => parked.joins.entry(group_id.to_owned()).or_default().push(join),
        }
    }
    for sync in parked.syncs.remove(group_id).unwrap_or_default() {
        if !waits_for_leader(engine, &sync.request) {
            let answer = engine.handle_sync_group(&sync.request, sync.version);
            touch(engine, group_id, &sync.request.member_id);
            let _ = sync.reply.send(answer);
        } else if !sync.reply.is_closed() {
            parked.syncs.entry(group_id.to_owned()).or_default().push(sync);
        }
    }
}

/// The answer to a parked JoinGroup, or `None` while its round is open.
fn joined(group: Option<&GroupState>, join: &ParkedJoin) -> Option<JoinGroupResponse> {
    let member_id = StrBytes::from_string(join.member.clone());
    let Some(group) = group.filter(|group| group.members.contains_key(&join.member)) else {
        return Some(refused_join(&member_id, if join.is_static { FENCED_INSTANCE_ID } else { UNKNOWN_MEMBER_ID }));
    };
    match group.state {
        GroupLifecycleState::PreparingRebalance | GroupLifecycleState::Empty => None,
        GroupLifecycleState::CompletingRebalance | GroupLifecycleState::Stable | GroupLifecycleState::Dead => {
            let leader = group.leader_id.clone().unwrap_or_default();
            let members = if leader == join.member { members(group) } else { Vec::new() };
            let answer = JoinGroupResponse::default()
                .with_generation_id(group.generation_id)
                .with_protocol_type(Some(StrBytes::from_string(group.protocol_type.clone())))
                .with_protocol_name(Some(StrBytes::from_string(group.protocol_name.clone().unwrap_or_default())))
                .with_leader(StrBytes::from_string(leader))
                .with_member_id(member_id)
                .with_members(members);
            Some(answer)
        }
    }
}

/// What the leader needs for the assignment: each member with its subscription in the chosen protocol.
fn members(group: &GroupState) -> Vec<JoinGroupResponseMember> {
    let protocol = group.protocol_name.as_deref().unwrap_or_default();
    let member = |(id, member): (&String, &GroupMember)| {
        let metadata = member.protocols.iter().find(|(name, _)| name == protocol).map(|(_, metadata)| metadata.clone());
        JoinGroupResponseMember::default()
            .with_member_id(StrBytes::from_string(id.clone()))
            .with_group_instance_id(member.group_instance_id.clone().map(StrBytes::from_string))
            .with_metadata(Bytes::from(metadata.unwrap_or_default()))
    };
    group.members.iter().map(member).collect()
}

fn refused_join(member_id: &StrBytes, code: i16) -> JoinGroupResponse {
    JoinGroupResponse::default().with_error_code(code).with_generation_id(-1).with_member_id(member_id.clone())
}

/// Whether this SyncGroup has to wait for the leader's of the same generation.
fn waits_for_leader(engine: &EngineState, request: &SyncGroupRequest) -> bool {
    let member = request.member_id.as_str();
    engine.groups.get(request.group_id.as_str()).is_some_and(|group| {
        group.state == GroupLifecycleState::CompletingRebalance
            && group.members.contains_key(member)
            && group.leader_id.as_deref() != Some(member)
            && group.generation_id == request.generation_id
    })
}

/// When the open round is to be ended although members are missing: the first round of a group waits a moment for members that
/// start together, later ones for at most the longest rebalance time-out.
fn round_end(engine: &EngineState, group_id: &str) -> Instant {
    let Some(group) = engine.groups.get(group_id) else { return Instant::now() };
    if let Some(initial) = group.initial_until {
        return Instant::from_std(initial);
    }
    let left = group.rebalance_start_ms + longest_rebalance_ms(group) - engine.now_ms();
    Instant::now() + milliseconds(left.max(1))
}

/// Ends the round if its time is over: those who have not joined by then are out.
fn end_overdue_round(engine: &mut EngineState, group_id: &str) {
    let now = engine.now_ms();
    let Some(group) = engine.groups.get_mut(group_id) else { return };
    if group.state != GroupLifecycleState::PreparingRebalance {
        return;
    }
    if group.initial_until.is_none() && now - group.rebalance_start_ms >= longest_rebalance_ms(group) {
        group.members.retain(|member, _| group.awaiting_members.contains_key(member));
    }
    group.try_complete_join();
}

fn longest_rebalance_ms(group: &GroupState) -> i64 {
    group.members.values().map(|member| i64::from(member.rebalance_timeout_ms)).max().unwrap_or(0)
}

/// Notes a sign of life.
fn touch(engine: &mut EngineState, group_id: &str, member_id: &str) {
    let now = engine.now_ms();
    if let Some(member) = engine.groups.get_mut(group_id).and_then(|group| group.members.get_mut(member_id)) {
        member.last_heartbeat_ms = now;
    }
}

fn milliseconds(count: i64) -> Duration {
    Duration::from_millis(u64::try_from(count).unwrap_or(0))
}
