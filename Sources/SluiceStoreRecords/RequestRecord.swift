package import FoundationEssentials
package import SluiceModel

/// What of a launch request has no column of its own, as it is kept in `holds.request`.
///
/// A field is only ever added, and then optional: older rows must stay readable.
package struct RequestRecord: Codable {
    var ticket: String?
    var parentRunID: String?
    var csaInstanceID: String?
    var csaProcessID: String?
    var flowPath: String?
    var flowMemory: Memory?
    var tenant: String?
    var inputs: [Input]?
    var runName: String?
    var logLevel: String?
    var inputPromptUseBlank: Bool?
    var scheduleID: String?
    var nominalTime: Int64?
    var idempotencyKey: String?
    var requestedBy: String?
    var onBehalfOf: String?
    /// Only there when it is true.
    var reportsEnd: Bool?
    /// As `MisfirePolicy.text`.
    var misfirePolicy: String?
    var pluginNotes: [Note]?

    /// What a plugin did to it.
    struct Note: Codable {
        var plugin: String
        var outcome: String
        var text: String
    }
    var callbackURL: String?

    /// Exactly one of `clear` and `sealed` is there; `sealed` is Base64 in the JSON.
    struct Input: Codable {
        var name: String
        var clear: String?
        var sealed: Data?
    }

    /// What the content packs said of the flow.
    struct Memory: Codable {
        var pack: String
        var revision: Int?
        var isGone: Bool?
        var isGated: Bool
        var inputs: [PackRecord.Input]
    }

    /// An input that must be sealed before it may be stored.
    package struct ClearSecret: Error {
        package let inputName: String
    }

    /// - Throws: `ClearSecret` when an input's value is a secret that was not sealed.
    package init(_ request: LaunchRequest) throws {
        ticket = request.ticket?.description
        parentRunID = request.parentRunID?.text
        csaInstanceID = request.csaInstanceID?.text
        csaProcessID = request.csaProcessID?.text
        flowPath = request.flowPath
        flowMemory = request.flowMemory.map(Memory.init)
        tenant = request.tenant?.text
        inputs = request.inputs.isEmpty ? nil : try request.inputs.map(Input.init)
        runName = request.start.runName
        logLevel = request.start.logLevel
        inputPromptUseBlank = request.start.inputPromptUseBlank
        scheduleID = request.scheduleID?.text
        nominalTime = request.nominalTime?.milliseconds
        idempotencyKey = request.idempotencyKey?.text
        requestedBy = request.requestedBy
        onBehalfOf = request.onBehalfOf
        reportsEnd = request.reportsEnd ? true : nil
        misfirePolicy = request.misfirePolicy?.text
        if !request.pluginNotes.isEmpty {
            pluginNotes = request.pluginNotes.map {
                Note(plugin: $0.plugin, outcome: $0.outcome.rawValue, text: $0.text)
            }
        }
        callbackURL = request.callbackURL?.text
    }

    /// The JSON that is stored.
    package static func encode(_ request: LaunchRequest) throws -> [UInt8] {
        RequestWriter(try RequestRecord(request)).bytes
    }

    /// Fills in what `encode` wrote, or `JSONEncoder` before it.
    package static func decode(_ json: UnsafeBufferPointer<UInt8>, into request: inout LaunchRequest) throws {
        try read(json).fill(&request)
    }

    /// What `encode` wrote, with another memory of the flow.
    package static func replace(_ memory: FlowMemory, in json: [UInt8]) throws -> [UInt8] {
        var record = try json.withUnsafeBufferPointer { try read($0) }
        record.flowMemory = Memory(memory)
        return RequestWriter(record).bytes
    }

    private static func read(_ json: UnsafeBufferPointer<UInt8>) throws -> RequestRecord {
        var reader = RequestReader(json)
        do {
            return try reader.record()
        } catch {
            return try JSONDecoder().decode(RequestRecord.self, from: Data(json))
        }
    }

    /// With nothing in it.
    init() {}

    /// Gives a request what this record has of it.
    package func fill(_ request: inout LaunchRequest) {
        request.ticket = ticket.flatMap { Ticket($0) }
        request.parentRunID = parentRunID.map { ExecutionID($0) }
        request.csaInstanceID = csaInstanceID.map { CSAInstanceID($0) }
        request.csaProcessID = csaProcessID.map { CSAProcessID($0) }
        request.flowPath = flowPath
        request.flowMemory = flowMemory?.value
        request.tenant = tenant.map { TenantID($0) }
        request.inputs = (inputs ?? []).map(\.launchInput)
        request.start = StartOptions(runName: runName, logLevel: logLevel, inputPromptUseBlank: inputPromptUseBlank)
        request.scheduleID = scheduleID.map { ScheduleID($0) }
        request.nominalTime = nominalTime.map { Timestamp(milliseconds: $0) }
        request.idempotencyKey = idempotencyKey.map { IdempotencyKey($0) }
        request.requestedBy = requestedBy
        request.onBehalfOf = onBehalfOf
        request.reportsEnd = reportsEnd ?? false
        request.misfirePolicy = misfirePolicy.flatMap { MisfirePolicy(text: $0) }
        request.pluginNotes = (pluginNotes ?? []).compactMap { note in
            PluginNote.Outcome(rawValue: note.outcome).map {
                PluginNote(plugin: note.plugin, outcome: $0, text: note.text)
            }
        }
        request.callbackURL = callbackURL.flatMap { CallbackURL($0) }
    }
}

extension RequestRecord.Input {
    fileprivate init(_ input: LaunchInput) throws {
        switch input.value {
        case .clear(let text): self.init(name: input.name, clear: text)
        case .sealed(let sealed): self.init(name: input.name, sealed: Data(sealed.bytes))
        case .secret: throw RequestRecord.ClearSecret(inputName: input.name)
        }
    }

    /// - Parameter base64: Of what is sealed.
    /// - Returns: nil when that is none.
    init?(name: String, clear: String?, base64: String?) {
        self.init(name: name, clear: clear)
        guard let base64 else { return }
        guard let sealed = Data(base64Encoded: base64) else { return nil }
        self.sealed = sealed
    }

    var base64: String? { sealed?.base64EncodedString() }

    fileprivate var launchInput: LaunchInput {
        LaunchInput(name: name, value: sealed.map { .sealed(SealedBytes(Array($0))) } ?? .clear(clear ?? ""))
    }
}

extension RequestRecord.Memory {
    fileprivate init(_ memory: FlowMemory) {
        pack = memory.contentPack
        revision = memory.packRevision
        isGone = memory.isGone ? true : nil
        isGated = memory.isGated
        inputs = memory.inputs.map(PackRecord.Input.init)
    }

    fileprivate var value: FlowMemory {
        FlowMemory(
            contentPack: pack, packRevision: revision, isGone: isGone ?? false, isGated: isGated,
            inputs: inputs.map(\.knownInput))
    }
}
