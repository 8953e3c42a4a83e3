import SluiceJSON
public import SluiceModel

/// The body of a start, in any dialect (oo-central-api.md section 3).
public struct StartBody: Hashable, Sendable {
    public let flow: FlowID
    /// Which way it asks; never `byBody`.
    public let dialect: StartDialect
    public let options: StartOptions
    /// In clear, without `sluicePass`.
    public let inputs: [LaunchInput]
    /// A pass that the caller brought in the input `sluicePass`.
    public let pass: Secret?
    /// Members that a hold does not keep, so that a relaunch would not be the same.
    public let unkept: [String]
    private let object: JSONObject

    /// The input in which a pass travels (product.md, "pass").
    public static let passInput = "sluicePass"
    /// Inputs that a hold keeps.
    static let inputCountMax = 1000

    /// Why a body is not taken: nobody can tell what Central would start.
    public struct Objection: Error, Hashable, Sendable {
        public let message: String
    }

    public init(_ bytes: some Collection<UInt8>, _ dialect: StartDialect) throws(Objection) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONReader.read(bytes)
        } catch {
            throw Objection(message: "the body is not JSON that can be decided: \(error)")
        }
        guard case .object(let object) = value else {
            throw Objection(message: "the body is \(value.kind), not an object")
        }
        let names = (v1: object["uuid"], v2: object["flowUuid"])
        let written = try Self.flow(names.v1, names.v2)
        guard let flow = FlowID(checking: written) else {
            throw Objection(message: "the flow's id is empty, too long or has a control character")
        }
        self.flow = flow
        self.dialect = dialect == .byBody ? (names.v2 == nil ? .v1 : .v2) : dialect
        self.object = object
        var unkept: [String] = []
        options = Self.options(object, &unkept)
        (inputs, pass) = Self.inputs(object["inputs"], &unkept)
        // What starts it besides these says how it was started, not what it does.
        let known = ["uuid", "flowUuid", "runName", "logLevel", "inputPromptUseBlank", "inputs", "triggerType"]
        unkept += object.members.map(\.name).filter { !known.contains($0) }
        self.unkept = unkept
    }

    /// One flow, by whichever name: two that differ would leave it to Central which is started.
    private static func flow(_ v1: JSONValue?, _ v2: JSONValue?) throws(Objection) -> String {
        let values = [v1, v2].compactMap { $0 }
        guard let first = values.first?.string else {
            throw Objection(message: "the member uuid (v1) or flowUuid (v2, latest) is missing or no text")
        }
        guard values.allSatisfy({ $0.string == first }) else {
            throw Objection(message: "uuid and flowUuid name different flows")
        }
        return first
    }

    private static func options(_ object: JSONObject, _ unkept: inout [String]) -> StartOptions {
        var options = StartOptions()
        func text(_ name: String) -> String? {
            guard let value = object[name], !value.isNull else { return nil }
            if value.string == nil { unkept.append(name) }
            return value.string
        }
        options.runName = text("runName")
        options.logLevel = text("logLevel")
        switch object["inputPromptUseBlank"] {
        case .bool(let flag): options.inputPromptUseBlank = flag
        // One client sends the text (oo-central-api.md section 3).
        case .string("true"): options.inputPromptUseBlank = true
        case .string("false"): options.inputPromptUseBlank = false
        case nil, .null: break
        default: unkept.append("inputPromptUseBlank")
        }
        return options
    }

    private static func inputs(_ value: JSONValue?, _ unkept: inout [String]) -> ([LaunchInput], Secret?) {
        guard let value, !value.isNull else { return ([], nil) }
        guard case .object(let object) = value, object.count <= inputCountMax else {
            unkept.append("inputs")
            return ([], nil)
        }
        var inputs: [LaunchInput] = []
        var pass: Secret?
        for member in object.members {
            let text: String? =
                switch member.value {
                case .string(let text): text
                case .number(let number): number.text
                case .bool(let flag): flag ? "true" : "false"
                case .null, .array, .object: nil
                }
            if member.value.isNull { continue }
            guard let text, IdentifierLimits.allows(member.name) else {
                unkept.append("inputs")
                continue
            }
            if member.name == passInput {
                pass = text.isEmpty ? nil : Secret(text)
            } else {
                inputs.append(LaunchInput(name: member.name, value: .clear(text)))
            }
        }
        return (inputs, pass)
    }

    /// What it asks the gate, but for who asks.
    public func request(from source: LaunchSource) -> LaunchRequest {
        var request = LaunchRequest(flow: flow, source: source)
        request.start = options
        request.inputs = inputs
        request.pass = pass
        request.takeCSAInputs()
        return request
    }

    /// The same body with one input more; all else keeps its place and its spelling of numbers.
    public func adding(pass: Secret) -> [UInt8] {
        var object = object
        var inputs = object["inputs"]?.object ?? JSONObject()
        inputs[Self.passInput] = .string(pass.exposed)
        object["inputs"] = .object(inputs)
        return object.bytes()
    }
}
