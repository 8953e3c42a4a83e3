extension CSAState {
    /// Answers one request: the whole of the stand-in's HTTP face, without a socket. `realNow` is the machine's time.
    mutating func handle(_ request: SandboxRequest, at realNow: EpochMilliseconds) -> SandboxOutcome {
        var now = local(realNow)
        advance(to: now)
        if request.path == "/control" || request.path.hasPrefix("/control/") {
            return SandboxOutcome(reply: control(request, at: now), answerAt: realNow)
        }
        let effects = faults.effects(on: request)
        if effects.dropsBefore {
            data.counts.droppedConnections += 1
            return SandboxOutcome(reply: .text(500, ""), answerAt: realNow + effects.delay, isDropped: true)
        }
        var reply = effects.reply ?? route(request, at: now)
        advance(to: now)
        now = local(realNow)
        if let status = effects.statusAfter { reply = .text(status, "fault") }
        if let page = effects.pageAfter { reply = Self.loginPage(page) }
        // CSA's own clock, so that a client can compare.
        reply.headers.append(("Date", CSATime.httpDate(now)))
        if effects.dropsAfter { data.counts.droppedConnections += 1 }
        return SandboxOutcome(reply: reply, answerAt: realNow + effects.delay, isDropped: effects.dropsAfter)
    }

    private mutating func route(_ request: SandboxRequest, at now: EpochMilliseconds) -> SandboxReply {
        let parts = request.path.split(separator: "/").map(String.init)
        if parts.first == "idm-service" {
            guard parts == ["idm-service", "v2.0", "tokens"], request.method == "POST" else {
                return .error(404, "no such address")
            }
            return tokenReply(request, at: now)
        }
        guard parts.first == "csa" else { return .error(404, "no such address") }
        switch parts.dropFirst().first {
        case "rest": return legacy(request, Array(parts.dropFirst(2)), at: now)
        case "api" where parts.dropFirst(2).first == "mpp":
            return consumption(request, Array(parts.dropFirst(3)), at: now)
        case "api": return provider(request, Array(parts.dropFirst(2)), at: now)
        case nil, "login", "apidocs.jsp", "operations": return Self.loginPage(200)
        default: return .error(404, "no such address")
        }
    }

    /// `/csa/rest`: basic auth, then a known `userIdentifier` (csa-api.md 1.1).
    private mutating func legacy(_ request: SandboxRequest, _ rest: [String], at now: EpochMilliseconds) -> SandboxReply
    {
        guard logIn(request) != nil else { return Self.unauthorized }
        if rest.first == "login", rest.count == 3 { return loginReply(request, rest[1], rest[2]) }
        // GET by id lists no parameters (section 7); everything else needs one.
        let isFree = rest.first == "processinstances" && request.method == "GET"
        let person = data.persons[request.query["userIdentifier"]]
        guard let person = person ?? (isFree ? data.persons.all.first : nil) else {
            let isStale = request.query["userIdentifier"] != nil && settings.staleLoginCode == 404
            return isStale ? .error(404, "object not found") : Self.unauthorized
        }
        let call = LegacyCall(request: request, rest: rest, person: person, now: now)
        let reply = route(call)
        switch reply {
        case .failure(let trouble): return shown(Self.trouble(trouble), trouble.status, request)
        case .success(.element(let element)): return shown(element, 200, request)
        case .success(.json(let value)): return .json(200, value)
        }
    }

    /// XML, or JSON for whoever asks for it.
    private func shown(_ element: CSAElement, _ status: Int, _ request: SandboxRequest) -> SandboxReply {
        if request.accept?.contains("application/json") == true { return .json(status, element.json) }
        return SandboxReply(status: status, contentType: "application/xml", body: XMLTreeWriter.write(element))
    }

    private mutating func route(_ call: LegacyCall) -> LegacyReply {
        switch call.rest.first {
        case "organization": return organizationReply(call)
        case "catalog": return catalogReply(call)
        case "artifact": return artifactReply(call)
        case "user": return userReply(call)
        case "lifecycleengine": return lifecycleReply(call)
        case "processinstances": return processReply(call)
        case "notification" where call.method == "POST":
            data.counts.notifications += 1
            return .messages(["Notification taken."])
        default: return .notFound
        }
    }

    /// The texts of CSA's errors are UNKNOWN; this only looks like one.
    private static func trouble(_ trouble: LegacyTrouble) -> CSAElement {
        CSAElement("error", children: [CSAElement("message", text: trouble.text)])
    }
}

/// A call of `/csa/rest` that has passed its login.
struct LegacyCall {
    let request: SandboxRequest
    /// Below `/csa/rest`.
    let rest: [String]
    let person: CSAPerson
    let now: EpochMilliseconds

    var method: String { request.method }
    var query: [String: String] { request.query }

    /// The body's root; a trouble when it is no XML, or no element of these (if any are given).
    func body(_ names: String...) throws(LegacyTrouble) -> CSAElement {
        let root: CSAElement
        do {
            root = try XMLTreeReader.read(request.body)
        } catch {
            throw LegacyTrouble(500, "the body: \(error.text)")
        }
        guard names.isEmpty || names.contains(root.name) else {
            throw LegacyTrouble(500, "the body is no \(names.joined(separator: " or "))")
        }
        return root
    }
}

/// A refusal of `/csa/rest`: 401, 404, or 500, which stands for wrong input too (csa-api.md section 12).
struct LegacyTrouble: Error, Hashable, Sendable {
    let status: Int
    let text: String

    init(_ status: Int, _ text: String) {
        self.status = status
        self.text = text
    }

    init(_ refusal: CSARefusal) { self.init(500, refusal.description) }
}

/// What a call of `/csa/rest` is answered with.
enum LegacyAnswer {
    case element(CSAElement)
    /// The few calls that answer JSON whatever is asked for.
    case json(LooseValue)
}

typealias LegacyReply = Result<LegacyAnswer, LegacyTrouble>

extension LegacyReply {
    static var notFound: Self { .failure(LegacyTrouble(404, "object not found")) }
    static func element(_ element: CSAElement) -> Self { .success(.element(element)) }

    /// 200 with a text for each item, also for those that failed (csa-api.md fact 8).
    static func messages(_ texts: [String]) -> Self {
        .element(
            CSAElement(
                "messageList",
                children: texts.map { text in
                    var leaf = CSAElement("messages", text: text)
                    leaf.isRepeated = true
                    return leaf
                }))
    }

    /// Runs what may throw a trouble.
    static func catching(_ body: () throws(LegacyTrouble) -> CSAElement) -> Self {
        do {
            return .element(try body())
        } catch {
            return .failure(error)
        }
    }

    static func list(_ name: String, _ elements: [CSAElement]) -> Self { .element(CSAElement.list(name, elements)) }
}

extension CSAElement {
    /// A list of a legacy call: `count`, and `limit` 0 (csa-api.md section 2).
    static func list(_ name: String, _ elements: [CSAElement]) -> CSAElement {
        let members = elements.map { element in
            var element = element
            element.isRepeated = true
            return element
        }
        let numbers = [CSAElement("count", .integer(Int64(elements.count))), CSAElement("limit", 0)]
        return CSAElement(name, children: numbers + members)
    }
}
