/// A launch request as a plugin sees it: a copy, and never a secret of it.
public struct LaunchView: Hashable, Sendable {
    /// The flow's UUID in lower case, or a dotted name for CloudSlang.
    public var flow: FlowID
    /// What asked: `ui`, `api`, `scheduler`, `csa`, …, `flow` when it is not known.
    public var source: SluiceModel.LaunchSource
    /// Who starts it once it may.
    public var launcher: Launcher
    /// `Library/Backup/Nightly`; nil when neither the asker nor a content pack named it.
    public var flowPath: String?
    /// The content pack that the flow is known from.
    public var contentPack: String?
    /// Who asked, as authenticated.
    public var principal: Principal
    /// The account that asked, as the asker states it.
    public var requestedBy: String?
    /// For whom it asked.
    public var onBehalfOf: String?
    public var tenant: TenantID?
    /// The asking execution, when it knows its id.
    public var runID: ExecutionID?
    /// The execution that caused this one.
    public var parentRunID: ExecutionID?
    public var csaInstanceID: CSAInstanceID?
    public var csaProcessID: CSAProcessID?
    public var scheduleID: ScheduleID?
    /// The time the schedule meant.
    public var nominalTime: Timestamp?
    public var runName: String?
    /// In the order given; names are unique.
    public var inputs: [Input]
    public var orderingKey: OrderingKey?
    public var coalesceKey: CoalesceKey?
    public var priority: Priority
    public var notBefore: Timestamp?
    public var expiresAt: Timestamp?
    public var idempotencyKey: IdempotencyKey?
    public var misfirePolicy: MisfirePolicy?

    /// One input of a launch.
    public struct Input: Hashable, Sendable {
        public var name: String
        /// nil: a secret, which no plugin sees.
        public var value: String?

        public init(name: String, value: String?) {
            self.name = name
            self.value = value
        }
    }

    /// What a plugin may know of a request.
    public init(_ request: LaunchRequest, principal: Principal, contentPack: String? = nil) {
        flow = request.flow
        source = request.source
        launcher = request.launcher
        flowPath = request.flowPath
        self.contentPack = contentPack
        self.principal = principal
        requestedBy = request.requestedBy
        onBehalfOf = request.onBehalfOf
        tenant = request.tenant
        runID = request.runID
        parentRunID = request.parentRunID
        csaInstanceID = request.csaInstanceID
        csaProcessID = request.csaProcessID
        scheduleID = request.scheduleID
        nominalTime = request.nominalTime
        runName = request.start.runName
        inputs = request.inputs.map { input in
            guard case .clear(let text) = input.value else { return Input(name: input.name, value: nil) }
            return Input(name: input.name, value: text)
        }
        orderingKey = request.orderingKey
        coalesceKey = request.coalesceKey
        priority = request.priority
        notBefore = request.notBefore
        expiresAt = request.expiresAt
        idempotencyKey = request.idempotencyKey
        misfirePolicy = request.misfirePolicy
    }

    /// The value of an input; nil when there is none of this name, or it is a secret.
    public func value(of input: String) -> String? { inputs.first { $0.name == input }?.value }
}
