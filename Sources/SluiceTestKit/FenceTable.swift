public import SluiceCore
public import SluiceModel

/// Requests at a fence and what they are, after csa-api.md, sections 7 and 10, and oo-central-api.md, section 2.
public enum FenceTable {
    /// A request as it is sent, and what it is.
    public struct Row: Sendable, CustomStringConvertible {
        public var system: FencedSystem
        public var method: String
        public var target: String
        public var call: FenceCall
        public var description: String { "\(system.rawValue) \(method) \(target)" }

        init(_ system: FencedSystem, _ request: String, _ call: FenceCall) {
            self.system = system
            let words = request.split(separator: " ", maxSplits: 1)
            (method, target) = (String(words[0]), String(words[1]))
            self.call = call
        }
    }

    /// At least one for each door.
    public static let doors: [Row] = [
        Row(.csa, "POST /csa/api/mpp/mpp-request/8a81?catalogId=90d9", .door(.order)),
        Row(.csa, "DELETE /csa/api/mpp/mpp-request/8a81", .door(.order)),
        Row(.csa, "POST /csa/api/urest/v1.0.0/serviceRequest", .door(.serviceRequest)),
        Row(.csa, "POST /csa/rest/catalog/c/request?userIdentifier=u", .door(.legacyRequest)),
        Row(.csa, "GET /csa/rest/catalog/c/request/r/cancel?userIdentifier=u", .door(.requestCancel)),
        Row(.csa, "HEAD /csa/rest/catalog/c/request/r/cancel", .door(.requestCancel)),
        Row(.csa, "PUT /csa/rest/catalog/c/approval/a?userIdentifier=u", .door(.approvalDecision)),
        Row(.csa, "PUT /csa/rest/catalog/c/approval/a/approver?userIdentifier=u", .door(.approvalDecision)),
        Row(.csa, "POST /csa/api/service/subscription/s/cancel", .door(.operatorCancel)),
        Row(.csa, "POST /csa/api/service/subscription/s/resume", .door(.operatorResume)),
        Row(.csa, "POST /csa/rest/lifecycleengine/execute?userIdentifier=u", .door(.lifecycleExecute)),
        Row(.csa, "POST /csa/rest/processinstances/?userIdentifier=u", .door(.processInstanceCreate)),
        Row(.csa, "POST /csa/rest/processinstances/p/execute?userIdentifier=u", .door(.processInstanceExecute)),
        Row(.csa, "POST /csa/rest/user/multipleRequest/cancel", .door(.bulkChange)),
        Row(.csa, "POST /csa/rest/user/multipleSubscription/delete", .door(.bulkChange)),
        Row(.csa, "POST /csa/rest/user/multipleApprovals/delete", .door(.bulkChange)),
        Row(.csa, "POST /csa/rest/availablevalues/f", .door(.optionScript)),
        Row(.csa, "DELETE /csa/api/mpp/mpp-subscription/s", .door(.unlisted)),
        Row(.csa, "POST /csa/rest/artifact/c/publish", .door(.unlisted)),
        Row(.csa, "PATCH /csa/rest/artifact/a", .door(.unlisted)),
        Row(.csa, "PUT /csa/rest/organization/o/approvalPolicy/p", .door(.unlisted)),
        Row(.portal, "POST /api/mpp/mpp-request/8a81?catalogId=c", .door(.order)),
        Row(.portal, "POST /whatever", .door(.unlisted)),
        Row(.portal, "GET /api/catalog/c/request/r/cancel", .door(.requestCancel)),
        Row(.central, "POST /oo/rest/executions", .door(.execution)),
        Row(.central, "POST /oo/rest/v1/executions/", .door(.execution)),
        Row(.central, "POST /oo/rest/v2/executions", .door(.execution)),
        Row(.central, "POST /oo/rest/latest/executions", .door(.execution)),
        Row(.central, "PUT /oo/rest/latest/executions/7/status", .door(.executionControl)),
        Row(.central, "POST /oo/rest/v2/schedules", .door(.schedule)),
        Row(.central, "PUT /oo/rest/latest/schedules/7/enabled", .door(.schedule)),
        Row(.central, "PUT /oo/rest/latest/schedules/7", .door(.schedule)),
        Row(.central, "POST /PAS/services/rest/run/a98c3fe7", .door(.legacyRun)),
        Row(.central, "GET /PAS/services/rest/run_async/Library/A", .door(.legacyRun)),
        Row(.central, "POST /PAS/services/WSCentralService", .door(.legacyRun)),
    ]

    /// What passes for somebody while new work does not.
    public static let openings: [Row] = [
        Row(.csa, "GET /csa/rest/login/CSA-Provider/ooInboundUser/", .reading(isCallback: true)),
        Row(.csa, "GET /csa//rest/artifact/8a81?userIdentifier=u", .reading(isCallback: true)),
        Row(.csa, "GET /csa/rest/artifact/state/8a81", .reading(isCallback: true)),
        Row(.csa, "GET /csa/rest/artifact/fastview/8a81?view=accesspoint", .reading(isCallback: true)),
        Row(.csa, "GET /csa/rest/artifact/8a81/resolveProperties?propertyName=x", .reading(isCallback: true)),
        Row(.csa, "GET /csa/rest/processinstances/p", .reading(isCallback: true)),
        Row(.csa, "PUT /csa/rest/artifact/8a81?userIdentifier=u&view=propertyinfo&_action_=merge", .callback),
        Row(.csa, "PUT /csa/rest/processinstances/p?userIdentifier=u&scope=view&action=merge", .callback),
        Row(.csa, "POST /csa/rest/notification?userIdentifier=u", .callback),
        Row(.csa, "POST /idm-service/v2.0/tokens", .identity),
        Row(.csa, "GET /idm-service/idm/v0/login?returnUrl=x", .identity),
        Row(.csa, "POST /csa/api/mpp/mpp-offering/filter", .reading(isCallback: false)),
        Row(.csa, "POST /csa/api/mpp/mpp-subscription/filter?page-size=1000", .reading(isCallback: false)),
        Row(.csa, "POST /csa/api/mpp/mpp-instance/filter", .reading(isCallback: false)),
        Row(.csa, "POST /csa/api/person/organization/o?start-index=0", .reading(isCallback: false)),
        Row(.csa, "GET /csa/api/mpp/mpp-request/r?catalogId=c", .reading(isCallback: false)),
        Row(.csa, "GET /csa/images/cancel.png", .reading(isCallback: false)),
        Row(.csa, "GET /csa/rest/login/ORG/first%20last%40x.org/", .reading(isCallback: true)),
        Row(.portal, "GET /org/CSA_CONSUMER", .reading(isCallback: false)),
        Row(.portal, "POST /idm-service/v2.0/tokens", .identity),
        Row(.central, "GET /oo/rest/latest/executions/7/summary", .reading(isCallback: true)),
        Row(.central, "GET /oo/rest/v2/schedules", .reading(isCallback: true)),
        Row(.central, "POST /oo/rest/latest/deployments", .harmless),
        Row(.central, "DELETE /oo/rest/latest/schedules/7", .harmless),
    ]

    /// Requests to CSA that pass for nobody but the controller, `METHOD TARGET`.
    public static let spellings = [
        "GET /csa/rest/catalog/c/request/r/cancel/", "GET /csa/rest/catalog/c/request/r/%63ancel",
        "GET /csa/rest/catalog/c/request/r/cance%6C?x=1", "GET //csa//rest/catalog/c/request/r//cancel",
        "GET /csa/rest/catalog/c/request/r;a=b/cancel;jsessionid=1", "GET /csa/rest/catalog/c/request/r/CANCEL",
        "GET /CSA/REST/CATALOG/C/REQUEST/R/Cancel", "GET /csa/rest/./catalog/c/request/r/./cancel",
        "GET /csa/rest/login/../catalog/c/request/r/cancel", "GET /idm-service/../csa/rest/catalog/c/request/r/cancel",
        "GET /csa/rest/catalog/c/request/r/x/..;/cancel", "GET /csa/rest/catalog/c/request/r/cancel/x/..",
        "GET /csa/rest/catalog/c/request/r%2Fcancel", "GET /csa/rest/catalog/c/request/r%252Fcancel",
        "GET /csa/rest/catalog/c/request/r\\cancel", "GET /csa/rest/catalog/c/request/r%5Ccancel",
        "GET /csa/rest/catalog/c/request/r/cancel.json", "GET /csa/rest/catalog/c/request/r/cancel%3Fx=1",
        "GET /csa/rest/catalog/c/request/r/%2563ancel", "GET /csa/rest/catalog/c/request/r/cancel%20",
        "GET http://other:8444/csa/rest/catalog/c/request/r/cancel", "GET HTTPS://other/csa/rest/request/r/cancel",
        "GET /csa/rest/catalog/c/%2e%2e/request/r/cancel", "GET /csa/rest/catalog//request//cancel",
        "get /csa/rest/catalog/c/request/r/cancel", "GET /csa/rest/catalog/c/request/r/cancel%00",
        "GET /csa/rest/catalog/c/request/r/cancel#x", "GET /csa/rest/catalog/c/request/r/canc%el",
        "GET /csa/rest/catalog/c/request/r/%c0%aecancel", "GET /csa/rest/a?_method=POST",
        "GET /csa/rest/a?%5Fmethod=PUT",
        "GET /csa/rest/a?x=1;_METHOD=PUT", "GET /csa/rest/a\tb", "GET *", "GET csa/rest/artifact", "GET ",
        "GET http://", "GET /csa/rest/catalog/c/request/r/%25252563ancel",
        "PUT /csa/rest/artifact/../processinstances/p/execute", "PUT /csa/rest/artifact/a;x",
        "PUT /csa/rest/artifact/a%2Fb",
        "PUT /csa/rest/Artifact/a", "put /csa/rest/artifact/a", "PUT /csa/rest/artifact/..",
        "PUT /csa/rest/artifact/%2e%2e",
        "POST /idm-service/../csa/api/mpp/mpp-request/x", "POST /idm-service/%2e%2e/csa/api/mpp/mpp-request/x",
        "POST /idm-service/..;/csa/api/mpp/mpp-request/x", "POST /idm-service/..%2Fcsa/api/urest", "POST /idm-service",
        "POST /csa/api/mpp/mpp-offering/filter/../../mpp-request/x", "POST /csa/api/mpp/mpp-request/filter",
        "GETX /csa/rest/artifact/a", "TRACE /csa/rest/artifact/a", "CONNECT host:443", " /csa/rest/artifact/a",
        "POST /csa/rest/notification?_method=PUT",
    ]
}
