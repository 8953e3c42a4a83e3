import SluiceCore
import SluiceModel
import SluicePluginKit
import SluicePorts
import Synchronization

/// The gate as one source reaches it: the same intake and the same gate function as over HTTP.
final class SourceAsker: LaunchAsking {
    /// What all sources share.
    struct Parts: Sendable {
        var intake: AskIntake
        var gatekeeper: Gatekeeper
        var monitor: StoreMonitor
        var sealer: any Sealer
        var clocks: any Clocks
        var validFor: Duration
        var metrics: PluginMetrics
    }

    private struct State {
        var openCount = 0
        var isStopped = false
    }

    private let parts: Parts
    private let principal: Principal
    private let state = Mutex(State())

    init(_ parts: Parts, _ name: String) {
        self.parts = parts
        principal = Principal("plugin:\(name)")
    }

    /// From now on nothing is asked any more.
    func stop() { state.withLock { $0.isStopped = true } }

    func now() -> Timestamp { parts.clocks.now().wall }

    func sleep(for duration: Duration) async throws {
        try await parts.clocks.sleep(until: parts.clocks.now().monotonic.advanced(by: duration))
    }

    func ask(_ request: LaunchRequest, sensitiveInputs: Set<String>) async throws -> LaunchReply {
        try enter()
        defer { state.withLock { $0.openCount -= 1 } }
        if let fault = request.askingFault { throw LaunchAskingError(.invalid, fault) }
        var request = request
        // What plugins say of it is rule 5's to find out.
        request.pluginNotes = []
        request.misfirePolicy = nil
        let prepared: AskIntake.Prepared
        do {
            prepared = try parts.intake.prepare(
                request, ref: Ask.Ref(parts.gatekeeper.nextRef()), principal: principal,
                sensitiveInputs: sensitiveInputs)
        } catch {
            throw LaunchAskingError(.unavailable, "a secret of the launch could not be sealed: \(error)")
        }
        switch await parts.gatekeeper.ask(prepared.ask) {
        case .refused(let refusal): throw LaunchAskingError(refusal)
        case .decided(let answer):
            parts.metrics.decided(answer.decision, request.source)
            if answer.decision.isProceed { parts.monitor.proceeded(request.source) }
            return LaunchReply(
                decision: answer.decision, ticket: answer.hold?.ticket,
                pass: answer.pass.map { Secret(parts.sealer.makePass($0)) }, validFor: parts.validFor)
        }
    }

    private func enter() throws {
        try state.withLock { state in
            guard !state.isStopped else { throw LaunchAskingError(.unavailable, "Sluice stops") }
            guard state.openCount < PluginHostLimits.sourceAskCountMax else {
                throw LaunchAskingError(
                    .tooMany,
                    "\(PluginHostLimits.sourceAskCountMax) questions of this source are open; wait for their answers")
            }
            state.openCount += 1
        }
    }
}

extension LaunchAskingError {
    fileprivate init(_ refusal: Refusal) {
        switch refusal {
        case .keyReused:
            self.init(.keyReused, "the idempotency key or ask id was used for another launch; use a new one")
        case .keyInProgress, .askInProgress, .overloaded, .contended:
            self.init(.askAgain, "the gate could not decide it now (\(refusal)); ask again")
        case .noLease:
            self.init(.unavailable, "this replica may not decide now; ask again, or another one")
        case .storeUnavailable:
            self.init(.unavailable, "the store cannot be written, so nothing can be promised; ask again")
        }
    }
}

extension LaunchRequest {
    /// Inputs of one launch at most.
    static let inputCountMax = 1000

    /// Why no asker may send it, as over HTTP; nil when one may.
    var askingFault: String? {
        let identifiers = [
            flow.text, askID?.text, runID?.text, parentRunID?.text, csaInstanceID?.text, csaProcessID?.text,
            tenant?.text, scheduleID?.text, orderingKey?.text, coalesceKey?.text, idempotencyKey?.text,
        ]
        for case let text? in identifiers + inputs.map(\.name) where !IdentifierLimits.allows(text) {
            return
                "an identifier or input's name of \(text.utf8.count) bytes is empty, longer than "
                + "\(IdentifierLimits.byteCountMax) or has a control character"
        }
        guard inputs.count <= Self.inputCountMax else {
            return "it has \(inputs.count) inputs, more than \(Self.inputCountMax)"
        }
        guard Set(inputs.map(\.name)).count == inputs.count else { return "two of its inputs have one name" }
        if pass != nil || ticket != nil, askID == nil, runID == nil {
            return "a pass or ticket needs an ask id or run id beside it: it tells a repeat from somebody else"
        }
        if let notBefore, let expiresAt, expiresAt <= notBefore {
            return "the expiry \(expiresAt) is not after the not-before \(notBefore)"
        }
        return nil
    }
}
