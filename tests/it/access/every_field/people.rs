//! Communities, members, interactions, influence, and who is let in.

use super::Reach::{Open, Own};
use super::{ADMIN, AGENT, MANAGER, MEMBER_OF_STAFF, Piece, Row, VIEWER};

#[rustfmt::skip]
pub(super) const PIECES: &[Piece] = &[
    ("$home", r#"community(slug:"home")"#),
    ("$ada", r#"memberByIdentity(provider:"forum",externalId:"ada")"#),
    ("$cyd", r#"memberByIdentity(provider:"forum",externalId:"cyd")"#),
    ("$signIn", r#"signIn(input:{email:"signer\u0040home.example",password:"correct horse battery"})"#),
    ("$newClient", r#"createApiClient(input:{community:"home",name:"new",scopes:["members:read"]})"#),
    ("$oldClient", r#"revokeApiClient(input:{community:"home",apiClientId:"%spare"})"#),
    ("$newStaff", r#"grantAccess(input:{community:"home",email:"new@home.example",name:"New",role:VIEWER,clearance:PUBLIC})"#),
    ("$upsert", r#"upsertMembers(input:{community:"home",members:[{source:"forum",externalId:"ada"},{source:"",externalId:""}]})"#),
    (
        "$record",
        r#"recordInteractions(input:{community:"home",interactions:[{source:"forum",externalId:"a-1",kind:POST,occurredAt:"%past"}]})"#,
    ),
    ("$merge", r#"mergeMembers(input:{community:"home",memberId:"%dan",intoId:"%cyd"})"#),
];

#[rustfmt::skip]
pub(super) const TABLE: &[Row] = &[
    ("Query", "{@}", Own, "viewer{name} communities{nodes{slug}}"),
    ("Query", "{@}", MEMBER_OF_STAFF, r#"community(slug:"home"){id} node(id:"%community"){id} nodes(ids:["%community"]){id}"#),
    ("Viewer", "{viewer{@}}", Own, "kind name email grants{role}"),
    ("ViewerGrant", "{viewer{grants{@}}}", Own, "community{slug} role scopes clearance"),
    ("CommunityConnection", "{communities{@}}", Own, "pageInfo{hasNextPage} edges{cursor} nodes{slug}"),
    ("Community", "{$home{@}}", MEMBER_OF_STAFF, "id slug name timezone createdAt"),
    ("Community", r#"{node(id:"%community"){...on Community{@}}}"#, MEMBER_OF_STAFF, "id slug name timezone createdAt"),
    ("Community", "{$home{@}}", VIEWER, "members{totalCount} $ada{id} interactions{totalCount} topics{nodes{id}} \
        leaderboard{totalCount} scoringModel{id}"),
    ("Community", "{$home{@}}", ADMIN, "staff{id} apiClients{id}"),
    ("MemberConnection", "{$home{members{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("Member", "{$home{$ada{@}}}", VIEWER, "id displayName handle joinedAt lastActiveAt isStaff isBot consent mergedMembers{id} \
        interactions{totalCount} influence{value} influences{nodes{strength}} influencedBy{nodes{strength}}"),
    ("Member", r#"{node(id:"%cyd"){...on Member{@}}}"#, VIEWER, "id displayName mergedMembers{id}"),
    ("Member", "{$home{$ada{@}}}", AGENT, "attributes identities{id}"),
    ("Identity", "{$home{$ada{identities{@}}}}", AGENT, "id provider externalId handle followerCount verified"),
    ("Identity", r#"{node(id:"%identity"){...on Identity{@}}}"#, AGENT, "id provider externalId handle followerCount verified"),
    ("MergedMember", "{$home{$cyd{mergedMembers{@}}}}", VIEWER, "id displayName"),
    ("InteractionConnection", "{$home{interactions{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{id} totalCount"),
    ("InteractionConnection", "{$home{$ada{interactions{@}}}}", VIEWER, "nodes{id} totalCount"),
    ("Interaction", "{$home{interactions{nodes{@}}}}", VIEWER, "id kind actor{id} target{id} occurredAt recordedAt visibility thread \
        parent channel sentiment text url source externalId retracts topics{id}"),
    ("Interaction", r#"{node(id:"%interaction"){...on Interaction{@}}}"#, VIEWER, "id text actor{id} target{id}"),
    ("TopicConnection", "{$home{topics{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{id}"),
    ("Topic", "{$home{topics{nodes{@}}}}", VIEWER, "id name"),
    ("Topic", r#"{node(id:"%topic"){...on Topic{@}}}"#, VIEWER, "id name"),
    ("LeaderboardEntryConnection", "{$home{leaderboard{@}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{rank} totalCount"),
    ("LeaderboardEntry", "{$home{leaderboard{nodes{@}}}}", VIEWER, "rank value points member{id} influence{value}"),
    ("InfluenceScore", "{$home{$ada{influence{@}}}}", VIEWER, r#"value points rank percentile signals{points} change(over:"P30D")
        receipts{totalCount} history(from:"%past",every:"P1D"){value} model{id} computedAt"#),
    ("SignalShare", "{$home{$ada{influence{signals{@}}}}}", VIEWER, "signal points share"),
    ("ScorePoint", r#"{$home{$ada{influence{history(from:"%past",every:"P1D"){@}}}}}"#, VIEWER, "at value points"),
    ("ReceiptConnection", "{$home{$ada{influence{receipts{@}}}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{points} \
        totalCount points"),
    ("Receipt", "{$home{$ada{influence{receipts{nodes{@}}}}}}", VIEWER, "interaction{id} giver{id} signal points valueWithout redacted"),
    ("InfluenceTieConnection", "{$home{$ada{influences{@}}}}", VIEWER, "pageInfo{hasNextPage} edges{cursor} nodes{strength}"),
    ("InfluenceTie", "{$home{$ada{influences{nodes{@}}}}}", VIEWER, "member{id} strength interactions"),
    ("ScoringModel", "{$home{scoringModel{@}}}", VIEWER, "id version name halfLife kappa weights{signal} kinds{kind}"),
    ("ScoringModel", r#"{node(id:"%model"){...on ScoringModel{@}}}"#, VIEWER, "id version"),
    ("SignalWeight", "{$home{scoringModel{weights{@}}}}", VIEWER, "signal volume breadth"),
    ("KindValue", "{$home{scoringModel{kinds{@}}}}", VIEWER, "kind signal value creditsActor"),
    ("StaffMember", "{$home{staff{@}}}", ADMIN, "id email name role clearance"),
    ("StaffMember", r#"{node(id:"%staff"){...on StaffMember{@}}}"#, ADMIN, "id email name role clearance"),
    ("ApiClient", "{$home{apiClients{@}}}", ADMIN, "id clientId name scopes clearance createdAt revokedAt"),
    ("ApiClient", r#"{node(id:"%client"){...on ApiClient{@}}}"#, ADMIN, "id clientId name scopes clearance createdAt revokedAt"),
    ("Mutation", "mutation{@}", Open, r#"$signIn{userErrors{code}} refreshSession(input:{refreshToken:"%refresh"}){userErrors{code}}
        signOut(input:{refreshToken:"none"}){userErrors{code}}"#),
    ("SessionPayload", "mutation{$signIn{@}}", Open, "session{accessToken} userErrors{code}"),
    ("Session", "mutation{$signIn{session{@}}}", Open, "accessToken expiresInSeconds refreshToken viewer{name}"),
    ("SignOutPayload", r#"mutation{signOut(input:{refreshToken:"none"}){@}}"#, Open, "userErrors{code}"),
    ("Mutation", "mutation{@}", AGENT, "$upsert{results{index}} $record{results{index}}"),
    ("UpsertMembersPayload", "mutation{$upsert{@}}", AGENT, "results{index} userErrors{code}"),
    ("MemberResult", "mutation{$upsert{results{@}}}", AGENT, "index status memberId error{code}"),
    ("RecordInteractionsPayload", "mutation{$record{@}}", AGENT, "results{index} userErrors{code}"),
    ("InteractionResult", "mutation{$record{results{@}}}", AGENT, "index status interactionId error{code}"),
    ("UserError", "mutation{$upsert{userErrors{@}}}", AGENT, "code message field"),
    ("Mutation", "mutation{@}", MANAGER, r#"$merge{userErrors{code}}"#),
    ("MergeMembersPayload", "mutation{$merge{@}}", MANAGER, "member{id} userErrors{code}"),
    ("Mutation", "mutation{@}", MANAGER, r#"unmergeMembers(input:{community:"home",memberId:"%dan"}){userErrors{code}}"#),
    ("Mutation", "mutation{@}", ADMIN, r#"$newClient{userErrors{code}} $oldClient{userErrors{code}} $newStaff{userErrors{code}}
        revokeAccess(input:{community:"home",staffId:"%leaver"}){userErrors{code}}"#),
    ("CreateApiClientPayload", "mutation{$newClient{@}}", ADMIN, "apiClient{id} secret userErrors{code}"),
    ("RevokeApiClientPayload", "mutation{$oldClient{@}}", ADMIN, "apiClient{id} userErrors{code}"),
    ("GrantAccessPayload", "mutation{$newStaff{@}}", ADMIN, "staffMember{id} userErrors{code}"),
    ("RevokeAccessPayload", r#"mutation{revokeAccess(input:{community:"home",staffId:"%other-leaver"}){@}}"#, ADMIN, "userErrors{code}"),
];
