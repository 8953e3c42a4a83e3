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

    /// - Parameter sensitivePatterns: Globs over input names, any case, whose values are secrets.
    public init(packs: PackShelf, sealer: any Sealer, minter: Minter, sensitivePatterns: [String]) {
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

    /// - Parameter sensitiveInputs: Names the asker calls sensitive.
    /// - Throws: `SealingError` when a secret cannot be sealed.
    public func prepare(
        _ request: LaunchRequest, ref: Ask.Ref, principal: Principal, sensitiveInputs: Set<String>
    ) throws -> Prepared {
        // Read once: a pack may be replaced meanwhile.
        let inventory = packs.inventory
        var request = request
        // A pass is a capability of one attempt: it is neither part of the launch nor to be kept with it.
        request.inputs.removeAll { $0.name == LaunchOrders.passInput }
        let known = inventory[request.flow]
        if request.flowPath == nil { request.flowPath = known?.path }
        request.flowMemory = known.map { FlowMemory(of: $0) }
        let fingerprint = request.idempotencyKey == nil ? nil : bodyFingerprint(of: request)
        let encrypted = Set((known?.inputs ?? []).filter(\.isEncrypted).map(\.name))
        for index in request.inputs.indices {
            let input = request.inputs[index]
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
            minted: Ask.Minted(ticket: minter.ticket(), passID: minter.passID()))
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

    init(_ pattern: String) { glob = PathGlob(pattern.lowercased().replacing("*", with: "**")) }

    func matches(_ name: String) -> Bool { glob?.matches(name.lowercased()) ?? false }
}
