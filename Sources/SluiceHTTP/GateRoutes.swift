import HTTPTypes
import Hummingbird
import Logging
import SluiceCore
import SluiceEngine
import SluiceJSON
import SluiceModel
import SluicePorts

/// `GET /v1/gate` and `PUT /v1/gate`.
struct GateRoutes: Sendable {
    let engine: Engine
    let bodyByteCountMax: Int

    func add(to group: RouterGroup<SluiceRequestContext>) {
        group.get("gate") { _, context in
            _ = try context.require(.gate)
            return try await status(engine.gatekeeper.snapshot().record)
        }
        group.put("gate") { request, context in try await change(request, context) }
    }

    private func change(_ request: Request, _ context: SluiceRequestContext) async throws -> Response {
        let identity = try context.require(.operator)
        var body = try await request.json(upTo: bodyByteCountMax)
        let mode: GateMode?
        let scope: Scope?
        let reason: String
        let strandsHolds: Bool
        do throws(JSONFieldError) {
            let word = try body.parsed("mode", expected: "open, hold, refuse or inherit") {
                $0 == "inherit" || GateMode(rawValue: $0) != nil ? $0 : nil
            }
            mode = GateMode(rawValue: word)
            scope = try body.optionalParsed(
                "scope", expected: "flow:ID, path:GLOB, pack:NAME, source:SOURCE or tenant:NAME"
            ) { text in text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? nil : Scope(text) }
            reason = try body.reason()
            strandsHolds = try body.optionalBool("strandHolds") ?? false
            try body.finish()
        } catch {
            throw Problem(error)
        }
        let expectedEpoch = try expectedEpoch(request)
        let present = engine.gatekeeper.snapshot().record
        // What a scope's removal uncovers may be open.
        let isOpening = mode?.isOpen ?? true
        // Who saw another gate is told that first.
        if isOpening, !strandsHolds, expectedEpoch == nil || expectedEpoch == present.epoch {
            try await refuseStranding(scope, mode)
        }
        let began = engine.clocks.now().monotonic
        let change = ModeChange(
            ref: ModeChange.Ref(engine.gatekeeper.nextRef()), scope: scope, mode: mode, by: identity.principal,
            reason: reason, expectedEpoch: expectedEpoch)
        switch await engine.gatekeeper.change(change) {
        case .changed(let record):
            context.logger.notice(
                "gate changed",
                metadata: [
                    "mode": "\(mode?.rawValue ?? "inherit")", "scope": "\(scope?.description ?? "whole gate")",
                    "epoch": "\(record.epoch)", "by": "\(identity.principal)",
                ])
            // An opening is acknowledged by its commit alone.
            let acknowledged =
                mode?.isOpen == true
                ? nil : await engine.gatekeeper.acknowledge(record, since: began)
            let took = engine.clocks.now().monotonic.since(began)
            return try await status(record, tookMilliseconds: took.wholeMilliseconds, acknowledged: acknowledged)
        case .refused(let refusal): throw problem(refusal)
        }
    }

    /// R36: an opening that leaves holds to an operator is one that somebody wants to be that way.
    private func refuseStranding(_ scope: Scope?, _ mode: GateMode?) async throws {
        let stranding = try await storing { try await engine.stranding(changing: scope, to: mode) }
        guard let words = stranding.words else { return }
        throw Problem(
            status: .conflict, type: "would-strand", title: "Opening the gate would strand held launches",
            detail: "\(words); load the content packs that they need, or say strandHolds=true",
            members: [
                ("stranded", .number(JSONNumber(stranding.count))),
                (
                    "sample",
                    .array(
                        stranding.sample.map { hold in
                            .object(
                                JSONObject([
                                    ("ticket", .string("\(hold.ticket)")), ("reason", .string(hold.reason)),
                                ]))
                        })
                ),
            ])
    }

    /// `If-Match: "7"`; nil when absent or `*`.
    private func expectedEpoch(_ request: Request) throws -> Epoch? {
        guard let header = request.headers[.ifMatch], header != "*" else { return nil }
        let text = header.hasPrefix("\"") && header.hasSuffix("\"") ? String(header.dropFirst().dropLast()) : header
        guard let number = Int64(text) else {
            throw Problem.badRequest("invalid-value", "If-Match is not an ETag of the gate, such as \"7\"")
        }
        return Epoch(number)
    }

    private func problem(_ refusal: ModeRefusal) -> Problem {
        switch refusal {
        case .epochChanged(let record):
            Problem(
                status: .preconditionFailed, type: "epoch-changed", title: "The gate was changed meanwhile",
                detail: "it is at epoch \(record.epoch), mode \(record.whole.mode.rawValue), set by "
                    + "\(record.whole.by); look at it and decide again",
                members: [("epoch", .number(JSONNumber(record.epoch.number)))])
        case .tooManyScopes:
            Problem(
                status: .conflict, type: "too-many-scopes", title: "Too many scopes",
                detail: "at most \(GateLimits.scopeCountMax) scopes can have a mode; set one to inherit first")
        case .busy: .unavailable("busy", "too many changes of the gate are waiting; try again")
        case .wholeGateNeedsMode:
            .badRequest("invalid-value", "inherit needs a scope: the whole gate always has a mode", pointer: "/mode")
        case .storeUnavailable(let record):
            .unavailable(
                "store-unavailable",
                "the change could not be written; the gate is as it was: \(record.whole.mode.rawValue), epoch "
                    + "\(record.epoch)")
        }
    }

    private func status(
        _ record: GateRecord, tookMilliseconds: Int64? = nil, acknowledged: CloseAcknowledgement? = nil
    ) async throws -> Response {
        let counts = try await storing { try await engine.store.counts() }
        let (inFlightCount, trouble) = try await storing {
            (try await engine.inFlightCount(), try await engine.releaseTrouble())
        }
        var object = entry(record.whole)
        object["epoch"] = .number(JSONNumber(record.epoch.number))
        object["scopes"] = .array(
            record.scopes.map { scope in
                var member = JSONObject([("scope", .text(scope.scope))])
                for field in entry(scope).members { member[field.name] = field.value }
                return .object(member)
            })
        object["inFlight"] = .number(JSONNumber(inFlightCount))
        object["launching"] = .number(JSONNumber(flightCount(counts)))
        var holds = JSONObject()
        for state in HoldState.allCases { holds[state.rawValue] = .number(JSONNumber(counts.total(state))) }
        object["holds"] = .object(holds)
        object["trouble"] = .text(trouble)
        object.set("tookMilliseconds", ifPresent: tookMilliseconds.map { .number(JSONNumber($0)) })
        object.set("acknowledged", ifPresent: acknowledged.map { .object(Self.object($0)) })
        return .json(.object(object), headers: [.eTag: "\"\(record.epoch)\""])
    }

    /// Launches by Sluice under way; where another replica leads, as the store has them.
    private func flightCount(_ counts: HoldCounts) -> Int {
        engine.notLeading == nil
            ? engine.releaser.snapshot().flightCount : counts.total(.launching) + counts.total(.running)
    }

    private func entry(_ mode: ScopeMode) -> JSONObject {
        JSONObject([
            ("mode", .string(mode.mode.rawValue)), ("since", .time(mode.since)), ("by", .string(mode.by.text)),
            ("reason", .string(mode.reason)),
        ])
    }

    /// From when on no replica could say `proceed` any more, and whom that took.
    private static func object(_ acknowledgement: CloseAcknowledgement) -> JSONObject {
        func names(_ replicas: [Replica]) -> JSONValue { .array(replicas.map { .string($0.name) }) }
        return JSONObject([
            ("tookMilliseconds", .number(JSONNumber(acknowledgement.took.wholeMilliseconds))),
            ("waitedFor", names(acknowledgement.waitedFor)),
            ("presumedDead", names(acknowledgement.presumedDead)),
        ])
    }
}
