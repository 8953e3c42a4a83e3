public import SluiceCore
public import SluiceModel
public import SluicePorts

/// Makes an `Ask` of a request from outside: fills in what the inventory knows, seals secrets, opens the pass, draws
/// ids.
public struct AskIntake: Sendable {
    private let packs: PackShelf
    private let sealer: any Sealer
    private let minter: Minter
    private let sensitivePatterns: [NamePattern]
    private let fingerprintsAll: Bool

    /// - Parameters:
    ///   - sensitivePatterns: Globs over input names, any case, whose values are secrets.
    ///   - fingerprintsAll: Whether a launch without an idempotency key may still be given one, by a plugin.
    public init(
        packs: PackShelf, sealer: any Sealer, minter: Minter, sensitivePatterns: [String],
        fingerprintsAll: Bool = false
    ) {
        self.fingerprintsAll = fingerprintsAll
        self.packs = packs
        self.sealer = sealer
        self.minter = minter
        self.sensitivePatterns = sensitivePatterns.map(NamePattern.init)
    }

    /// What the asker should know though the gate decided all the same.
    public struct Prepared: Sendable {
        public var ask: Ask
        public var warnings: [String]
        /// Whether the flow is in a loaded pack; nil when no pack was loaded.
        public var isFlowKnown: Bool?
    }

    /// Ids for a question that is let through at once or asked anew: only the pass is ever made of them.
    public func mintedForNow(_ now: Moment) -> Ask.Minted {
        let id = minter.ulid(at: now.wall)
        return Ask.Minted(ticket: Ticket(id), passID: PassID(id))
    }

    /// - Parameters:
    ///   - sensitiveInputs: Names the asker calls sensitive.
    ///   - minted: Ids for what may come of it; nil: they are drawn.
    /// - Throws: `SealingError` when a secret cannot be sealed.
    public func prepare(
        _ request: LaunchRequest, ref: Ask.Ref, principal: Principal, sensitiveInputs: Set<String>,
        minted: Ask.Minted? = nil
    ) throws -> Prepared {
        // Read once: a pack may be replaced meanwhile.
        let inventory = packs.inventory
        var request = request
        // A pass is a capability of one attempt: it is neither part of the launch nor to be kept with it.
        if request.inputs.contains(where: { $0.name == LaunchOrders.passInput }) {
            request.inputs.removeAll { $0.name == LaunchOrders.passInput }
        }
        let known = inventory[request.flow]
        if request.flowPath == nil { request.flowPath = known?.path }
        request.flowMemory = known.map { FlowMemory(of: $0) }
        let isKeyed = fingerprintsAll || request.idempotencyKey != nil
        let fingerprint = isKeyed ? bodyFingerprint(of: request) : nil
        request.takeCSAInputs()
        // A gate step knows only that a flow asks; the flow is CSA's own when CSA names its instance and started it.
        if request.source == .flow, request.parentRunID == nil,
            request.csaInstanceID != nil || request.csaProcessID != nil
        {
            request.source = .csa
        }
        let encrypted = Set(known?.inputs.lazy.filter(\.isEncrypted).map(\.name) ?? [])
        for (index, input) in request.inputs.enumerated() {
            let isSensitive =
                input.isSensitive || sensitiveInputs.contains(input.name) || encrypted.contains(input.name)
                || sensitivePatterns.contains { $0.matches(input.name) }
            switch input.value {
            case .clear(let text) where isSensitive:
                request.inputs[index].value = .sealed(try sealer.seal(Secret(text), context: input.name))
            case .secret(let secret):
                request.inputs[index].value = .sealed(try sealer.seal(secret, context: input.name))
            case .clear, .sealed: break
            }
        }
        let presented = request.pass.map { sealer.readPass($0.exposed) } ?? .none
        request.pass = nil
        let ask = Ask(
            ref: ref, request: request, principal: principal, presented: presented, fingerprint: fingerprint,
            contentPack: known?.contentPack,
            minted: minted ?? Ask.Minted(ticket: minter.ticket(), passID: minter.passID()))
        return Prepared(
            ask: ask, warnings: warnings(request, known, inventory),
            isFlowKnown: inventory.isLoaded ? known != nil : nil)
    }

    private func warnings(_ request: LaunchRequest, _ known: KnownFlow?, _ inventory: Inventory) -> [String] {
        guard let known else {
            return inventory.isLoaded ? ["flow \(request.flow) is in none of the loaded content packs"] : []
        }
        let given = Set(request.inputs.map(\.name))
        return known.inputs.filter { $0.isRequired && !given.contains($0.name) }.map {
            "flow \(known.name) requires the input \($0.name), which was not given"
        }
    }

    /// Of all that makes it the same launch: not of the ids of one question, which differ between repeats.
    private func bodyFingerprint(of request: LaunchRequest) -> Fingerprint {
        var text = ""
        func add(_ part: String?) {
            guard let part else {
                text += "-;"
                return
            }
            text += "\(part.utf8.count):\(part);"
        }
        add(request.flow.text)
        add(request.source.rawValue)
        add(request.launcher.rawValue)
        add(request.tenant?.text)
        add(request.scheduleID?.text)
        add(request.nominalTime?.rfc3339)
        add(request.orderingKey?.text)
        add(request.coalesceKey?.text)
        add(String(request.priority.level))
        add(request.notBefore?.rfc3339)
        add(request.expiresAt?.rfc3339)
        add(request.start.runName)
        add(request.start.logLevel)
        add(request.start.inputPromptUseBlank.map { $0 ? "true" : "false" })
        // Not where they are absent: fingerprints of before they were counted stay what they were. No input begins so.
        for (name, value) in [
            ("callback", request.callbackURL?.text), ("behalf", request.onBehalfOf),
            ("csa", request.csaProcessID?.text),
        ] {
            guard let value else { continue }
            text += "\(name);"
            add(value)
        }
        for input in request.inputs.sorted(by: { $0.name < $1.name }) {
            add(input.name)
            switch input.value {
            case .clear(let text): add(text)
            case .secret(let secret): add(secret.exposed)
            case .sealed: add(nil)
            }
        }
        return sealer.fingerprint(Array(text.utf8))
    }
}

/// A glob over names, in any case: `*` any run, `?` one character.
struct NamePattern: Sendable {
    private let glob: PathGlob?
    /// The letters of a pattern `*letters*` of ASCII, the common form; nil for others.
    private let part: [UInt8]?

    init(_ pattern: String) {
        let lower = pattern.lowercased()
        glob = PathGlob(lower.replacing("*", with: "**"))
        let inner = lower.utf8.dropFirst().dropLast()
        let isPart =
            glob != nil && inner.count > 0 && lower.utf8.first == UInt8(ascii: "*")
            && lower.utf8.last == UInt8(ascii: "*")
            && inner.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "*") && $0 != UInt8(ascii: "?") }
        part = isPart ? Array(inner) : nil
    }

    func matches(_ name: String) -> Bool {
        guard let part, let isThere = Self.contains(part, in: name) else {
            return glob?.matches(name.lowercased()) ?? false
        }
        return isThere
    }

    /// Whether a name of ASCII has a part, in any case; nil for other names.
    private static func contains(_ part: [UInt8], in name: String) -> Bool? {
        name.utf8.withContiguousStorageIfAvailable { bytes -> Bool? in
            guard !bytes.contains(where: { $0 >= 0x80 }) else { return nil }
            guard bytes.count >= part.count else { return false }
            for start in 0...(bytes.count - part.count) {
                var index = 0
                while index < part.count, lower(bytes[start + index]) == part[index] { index += 1 }
                if index == part.count { return true }
            }
            return false
        } ?? nil
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
