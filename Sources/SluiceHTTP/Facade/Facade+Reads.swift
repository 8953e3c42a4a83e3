import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import SluiceEngine
import SluiceFacade
import SluiceJSON
import SluiceModel
import SluicePorts

/// Reads of virtual executions: what a patient caller sees of its held launches, and of what became of them.
extension Facade {
    /// A held launch under its virtual id.
    struct Virtual: Sendable {
        var id: String
        /// The hold whose id it is.
        var own: Hold
        /// The one to show: of a coalesced hold, the one that stands for it.
        var shown: Hold

        /// What runs it in Central, once that is known.
        var execution: ExecutionID? { shown.executionID }
    }

    enum Found {
        case found([String: Virtual])
        /// Nothing is shown: this is what the caller is told.
        case answer(Response)
    }

    /// The virtual executions among some ids that are the caller's own; those of others are as unknown as in Central.
    func virtuals(_ ids: [String], _ call: Call) async throws -> Found {
        guard call.requester.user != nil, let authorization = call.authorization else { return .found([:]) }
        guard ids.count <= FacadeLimits.idCountMax else {
            throw Problem.badRequest("ids", "more than \(FacadeLimits.idCountMax) ids")
        }
        switch await accounts.standing(authorization: authorization) {
        case .known: break
        case .refused(let answer): return .answer(response(answer, call))
        case .unknown:
            throw Problem(
                status: .serviceUnavailable, type: "not-verified", title: "The caller cannot be verified now",
                detail: "Central does not answer, and this caller was not seen lately", retryAfterSeconds: 5)
        }
        var found: [String: Virtual] = [:]
        for id in ids where found[id] == nil {
            guard let arrival = virtualIDs.arrival(id) else { continue }
            found[id] = try await storing { try await virtual(id, arrival, call) }
        }
        return .found(found)
    }

    private func virtual(_ id: String, _ arrival: Int64, _ call: Call) async throws -> Virtual? {
        let page = try await engine.store.holds(HoldQuery(after: arrival - 1, limit: 1))
        guard let own = page.holds.first, own.arrival == arrival, own.principal == call.requester.principal else {
            return nil
        }
        return Virtual(
            id: id, own: own,
            shown: try await engine.store.standIn(for: own, limit: Coalescing.chainCountMax))
    }

    // MARK: Summaries

    func summaries(_ ids: [String], _ call: Call) async throws -> Response {
        let found: [String: Virtual]
        switch try await virtuals(ids, call) {
        case .answer(let response): return response
        case .found(let virtuals): found = virtuals
        }
        guard !found.isEmpty else { return try await pass(call) }
        var byID: [String: JSONValue] = [:]
        let real = ids.filter { !virtualIDs.contains($0) }
        if !real.isEmpty {
            let answer = try await read("\(real.joined(separator: ","))/summary", call)
            guard answer.status == 200 || answer.status == 404 else { return response(answer, call) }
            let list = answer.status == 200 ? try? JSONReader.read(answer.body.readableBytesView).array : []
            guard let list else { return response(answer, call) }
            for summary in list {
                if let id = summary["executionId"].flatMap(RealAnswers.executionID) { byID[id.text] = summary }
            }
        }
        for (id, summary) in await shown(found.values.sorted { $0.own.arrival < $1.own.arrival }, call) {
            byID[id] = .object(summary)
        }
        return .json(.array(ids.compactMap { byID[$0] }))
    }

    /// The summary of each: Central's own once there is one, else the hold's.
    private func shown(_ virtuals: [Virtual], _ call: Call) async -> [(id: String, summary: JSONObject)] {
        let executions = Set(virtuals.compactMap { $0.execution?.text }).sorted()
        var real: [String: JSONObject] = [:]
        if !executions.isEmpty, let answer = try? await read("\(executions.joined(separator: ","))/summary", call),
            answer.status == 200, let list = try? JSONReader.read(answer.body.readableBytesView).array
        {
            for summary in list {
                if let object = summary.object, let id = object["executionId"].flatMap(RealAnswers.executionID) {
                    real[id.text] = object
                }
            }
        }
        return virtuals.map { virtual in
            let own = summary(virtual, call)
            guard let execution = virtual.execution, let object = real[execution.text],
                !isEarly(object, virtual),
                case .object(let renamed) = RealAnswers.renamed(.object(object), from: execution.text, to: virtual.id)
            else { return (virtual.id, own) }
            return (virtual.id, renamed)
        }
    }

    /// Whether Central's execution is over and its hold is not: it may have ended at its gate step, and be launched
    /// again.
    private func isEarly(_ summary: JSONObject, _ virtual: Virtual) -> Bool {
        let isOver = ExecutionStatus(word: summary["status"]?.string ?? "").isTerminal
        return isOver && !virtual.shown.state.isFinal
    }

    private func summary(_ virtual: Virtual, _ call: Call) -> JSONObject {
        HoldShapes.summary(
            id: virtual.id, virtual.shown, arrivedAt: virtual.own.arrivedAt, user: call.requester.user ?? "")
    }

    /// A read of Central's with the caller's own credentials.
    /// - Parameter path: Below `executions/`.
    private func read(_ path: String, _ call: Call, query: String = "") async throws -> Upstream.Answer {
        var request = outgoing(call, target: "\(call.restRoot)/executions/\(path)\(query)")
        request.method = .GET
        for name in ["Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range"] {
            request.headers.remove(name: name)
        }
        do {
            return try await upstream.exchange(
                request, byteCountMax: configuration.mergedByteCountMax, isDecided: false,
                within: configuration.readTimeout)
        } catch {
            throw Upstream.problem(error, retryAfterSeconds: configuration.retryAfterSeconds)
        }
    }

    // MARK: Log, steps, status

    func read(_ id: String, _ part: ExecutionPart, _ call: Call) async throws -> Response {
        let virtual: Virtual
        switch try await virtuals([id], call) {
        case .answer(let response): return response
        case .found(let found):
            guard let one = found[id] else { return try await pass(call) }
            virtual = one
        }
        if let response = try await real(virtual, part, call) { return response }
        switch part {
        case .log: return .json(.object(HoldShapes.log(summary(virtual, call), virtual.own)))
        case .steps: return .json([])
        case .stepCount: return .json(0)
        case .status: return .json(.string(HoldShapes.status(virtual.shown)))
        case .other: throw Problem.notFound("a launch that waits in Sluice has no such part")
        }
    }

    /// What Central says of the execution behind it, its refusals and failures too; nil when there is none, or Sluice
    /// knows as much.
    /// - Throws: A problem when Central does not answer, unless Sluice knows as much.
    private func real(_ virtual: Virtual, _ part: ExecutionPart, _ call: Call) async throws -> Response? {
        guard let execution = virtual.execution else { return nil }
        let rest = call.executionsPath?.rest.dropFirst() ?? []
        let query = call.target.firstIndex(of: "?").map { String(call.target[$0...]) } ?? ""
        let answer: Upstream.Answer
        do {
            answer = try await read(([execution.text] + rest).joined(separator: "/"), call, query: query)
        } catch {
            if part == .status { return nil }
            throw error
        }
        guard answer.status == 200, let value = try? JSONReader.read(answer.body.readableBytesView) else {
            // It was launched just now, and Central may not show it yet.
            let isNotShownYet = answer.status == 404 && !virtual.shown.state.isFinal && part != .other
            return isNotShownYet || part == .status ? nil : response(answer, call)
        }
        if let summary = value["executionSummary"]?.object, isEarly(summary, virtual) { return nil }
        if let word = value.string, ExecutionStatus(word: word).isTerminal, !virtual.shown.state.isFinal { return nil }
        var response = response(answer, call)
        response.headers[.eTag] = nil
        response.replaceBody(RealAnswers.renamed(value, from: execution.text, to: virtual.id))
        return response
    }

    // MARK: Lists

    /// Central's list, with the caller's own launches that wait before its newest page.
    func list(_ call: Call) async throws -> Response {
        let page = call.request.uri.queryParameters["pageNum"]
        guard call.requester.patienceSeconds != nil, page == nil || page == "1" else { return try await pass(call) }
        var query = HoldQuery(
            states: [.held, .released, .launching, .awaitingOperator], limit: FacadeLimits.listedCountMax)
        query.principal = call.requester.principal
        guard let first = try? await engine.store.holds(query), !first.holds.isEmpty,
            let authorization = call.authorization,
            case .known = await accounts.standing(authorization: authorization),
            let holds = try? await newest(from: first, query)
        else { return try await pass(call) }
        var request = outgoing(call)
        for name in ["Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range"] {
            request.headers.remove(name: name)
        }
        let answer: Upstream.Answer
        do {
            answer = try await upstream.exchange(
                request, byteCountMax: configuration.mergedByteCountMax, isDecided: false)
        } catch {
            throw Upstream.problem(error, retryAfterSeconds: configuration.retryAfterSeconds)
        }
        guard answer.status == 200, let list = try? JSONReader.read(answer.body.readableBytesView).array else {
            return response(answer, call)
        }
        let rows = holds.reversed().compactMap { hold -> JSONValue? in
            guard hold.executionID == nil, let id = virtualIDs.id(arrival: hold.arrival) else { return nil }
            return .object(summary(Virtual(id: id, own: hold, shown: hold), call))
        }
        var response = response(answer, call)
        response.headers[.eTag] = nil
        response.replaceBody(.array(rows + list))
        return response
    }

    /// The last holds that a list shows, in arrival order: the store pages from the oldest.
    private func newest(from first: HoldPage, _ query: HoldQuery) async throws -> ArraySlice<Hold> {
        var (query, page, holds) = (query, first, first.holds[...])
        for _ in 1..<FacadeLimits.listedPageCountMax {
            guard let next = page.next else { break }
            query.after = next
            page = try await engine.store.holds(query)
            holds = (holds + page.holds).suffix(FacadeLimits.listedCountMax)
        }
        return holds
    }
}

extension Facade.Call {
    /// Where executions are in its path; nil: it is about something else.
    var executionsPath: FacadeCalls.ExecutionsPath? {
        FacadeCalls.executions(in: String(target.dropFirst(root.count).prefix { $0 != "?" }))
    }

    /// Central's REST root, as this call spells it: `/oo/rest/v2`.
    var restRoot: String { executionsPath.map { root + $0.root } ?? "" }

    /// The same call about another execution.
    func renamed(from id: String, to other: String) -> Facade.Call {
        Facade.Call(
            request: request, requester: requester, authorization: authorization,
            target: target.replacing("/\(id)/", with: "/\(other)/", maxReplacements: 1), root: root, base: base)
    }
}
