import HTTPTypes
import Hummingbird
import SluiceCore
import SluiceModel

/// What a proxy asks of a fence: may this request pass?
struct FenceQuestion {
    /// Every request that the question may be about; all must pass.
    ///
    /// More than one when headers of two kinds are there: some proxies hand on a client's own `X-Original-URI`, and
    /// nobody but they knows which pair is theirs. What a client adds can only close.
    let calls: [FenceCall]
    let caller: FenceCaller
    /// Whether it is about a kind of request and no single one, so that its answer may be kept.
    let isGeneral: Bool
    /// HAProxy's health checks tell a 404, "no new requests", from no answer at all.
    let refusalStatus: HTTPResponse.Status

    /// - Throws: A 400 problem: what a proxy's configuration says is wrong.
    init(_ request: Request, system: FencedSystem) throws {
        let parameters = request.uri.queryParameters
        let word = parameters["caller"].map { String($0) } ?? FenceCaller.anybody.rawValue
        guard let caller = FenceCaller(rawValue: word) else {
            throw Problem.badRequest("invalid-value", "caller=\(word) must be anybody, callback or controller")
        }
        self.caller = caller
        switch parameters["closed"] {
        case nil, "403": refusalStatus = .forbidden
        case "404": refusalStatus = .notFound
        case .some(let other): throw Problem.badRequest("invalid-value", "closed=\(other) must be 403 or 404")
        }
        switch parameters["call"] {
        case nil:
            let calls = Self.originals(request).map { pair in
                guard let (method, target) = pair else { return FenceCall.unreadable }
                return FenceCall(to: system, method: method, target: target)
            }
            isGeneral = calls.isEmpty
            self.calls = calls.isEmpty ? [.door(.unlisted)] : calls
        case "door": (isGeneral, calls) = (true, [.door(.unlisted)])
        case "reading": (isGeneral, calls) = (true, [.reading(isCallback: false)])
        case .some(let other): throw Problem.badRequest("invalid-value", "call=\(other) must be door or reading")
        }
    }

    /// The answer to all of it: the first refusal, if there is one.
    func answer(in state: FenceState) -> FenceAnswer {
        let answers = calls.map { FenceAnswer.decide($0, by: caller, in: state) }
        return answers.first { !$0.passes } ?? answers[0]
    }

    /// Method and target of what the proxy got; nil for a pair of which half is missing or that is there twice.
    private static func originals(_ request: Request) -> [(method: String, target: String)?] {
        // Envoy puts what it got behind the path it is configured with; the first `path=` is the configuration's.
        if let range = request.uri.string.firstRange(of: "&path=") {
            return [(request.method.rawValue, String(request.uri.string[range.upperBound...]))]
        }
        var halves: [(String, String)?] = []
        var pairs: [(String, String)?] = []
        for kind in ["X-Original", "X-Forwarded"] {
            let methods = request.headers[values: .init("\(kind)-Method")!]
            let targets = request.headers[values: .init("\(kind)-URI")!]
            switch (methods.count, targets.count) {
            case (0, 0): break
            case (1, 1): pairs.append((methods[0], targets[0]))
            case (0, 1), (1, 0): halves.append(nil)
            default: pairs.append(nil)
            }
        }
        // A client's own half beside a proxy's pair says nothing.
        return pairs.isEmpty ? halves : pairs
    }
}
