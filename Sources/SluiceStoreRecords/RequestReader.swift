/// Reads the JSON of a `RequestRecord` several times faster than a general decoder: a release reads one for each
/// launch.
///
/// It knows the form that `RequestWriter` and, before it, `JSONEncoder` write, and nothing else: what it meets besides
/// is a `Surprise`, and the general decoder reads that row.
package struct RequestReader {
    /// Something that it does not know; not an error of the row.
    package struct Surprise: Error {}

    private let bytes: UnsafeBufferPointer<UInt8>
    private var offset = 0

    package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The whole document.
    package mutating func record() throws(Surprise) -> RequestRecord {
        var record = RequestRecord()
        try take("{")
        while let name = try nextName() {
            switch name {
            case "ticket": record.ticket = try string()
            case "parentRunID": record.parentRunID = try string()
            case "csaInstanceID": record.csaInstanceID = try string()
            case "csaProcessID": record.csaProcessID = try string()
            case "flowPath": record.flowPath = try string()
            case "flowMemory": record.flowMemory = try memory()
            case "tenant": record.tenant = try string()
            case "inputs": record.inputs = try inputs()
            case "runName": record.runName = try string()
            case "logLevel": record.logLevel = try string()
            case "inputPromptUseBlank": record.inputPromptUseBlank = try bool()
            case "scheduleID": record.scheduleID = try string()
            case "nominalTime": record.nominalTime = try number()
            case "idempotencyKey": record.idempotencyKey = try string()
            case "requestedBy": record.requestedBy = try string()
            case "onBehalfOf": record.onBehalfOf = try string()
            case "reportsEnd": record.reportsEnd = try bool()
            case "misfirePolicy": record.misfirePolicy = try string()
            case "pluginNotes": record.pluginNotes = try notes()
            case "callbackURL": record.callbackURL = try string()
            default: throw Surprise()
            }
        }
        guard offset == bytes.count else { throw Surprise() }
        return record
    }

    private mutating func inputs() throws(Surprise) -> [RequestRecord.Input] {
        var inputs: [RequestRecord.Input] = []
        try take("[")
        while try hasNextElement() {
            var name: String?
            var clear: String?
            var sealed: String?
            try take("{")
            while let member = try nextName() {
                switch member {
                case "name": name = try string()
                case "clear": clear = try string()
                case "sealed": sealed = try string()
                default: throw Surprise()
                }
            }
            guard let name else { throw Surprise() }
            guard let input = RequestRecord.Input(name: name, clear: clear, base64: sealed) else { throw Surprise() }
            inputs.append(input)
        }
        return inputs
    }

    private mutating func notes() throws(Surprise) -> [RequestRecord.Note] {
        var notes: [RequestRecord.Note] = []
        try take("[")
        while try hasNextElement() {
            var (plugin, outcome, text): (String?, String?, String?)
            try take("{")
            while let member = try nextName() {
                switch member {
                case "plugin": plugin = try string()
                case "outcome": outcome = try string()
                case "text": text = try string()
                default: throw Surprise()
                }
            }
            guard let plugin, let outcome, let text else { throw Surprise() }
            notes.append(RequestRecord.Note(plugin: plugin, outcome: outcome, text: text))
        }
        return notes
    }

    private mutating func memory() throws(Surprise) -> RequestRecord.Memory {
        var pack: String?
        var revision: Int64?
        var (isGone, isGated): (Bool?, Bool?)
        var inputs: [PackRecord.Input]?
        try take("{")
        while let member = try nextName() {
            switch member {
            case "pack": pack = try string()
            case "revision": revision = try number()
            case "isGone": isGone = try bool()
            case "isGated": isGated = try bool()
            case "inputs": inputs = try knownInputs()
            default: throw Surprise()
            }
        }
        guard let pack, let isGated, let inputs else { throw Surprise() }
        return RequestRecord.Memory(
            pack: pack, revision: revision.map { Int($0) }, isGone: isGone, isGated: isGated, inputs: inputs)
    }

    private mutating func knownInputs() throws(Surprise) -> [PackRecord.Input] {
        var inputs: [PackRecord.Input] = []
        try take("[")
        while try hasNextElement() {
            var input = PackRecord.Input(name: "")
            var isNamed = false
            try take("{")
            while let member = try nextName() {
                switch member {
                case "name":
                    input.name = try string()
                    isNamed = true
                case "isRequired": input.isRequired = try bool()
                case "isEncrypted": input.isEncrypted = try bool()
                case "type": input.type = try string()
                case "isIgnored": input.isIgnored = try bool()
                case "listDelimiter": input.listDelimiter = try string()
                default: throw Surprise()
                }
            }
            guard isNamed else { throw Surprise() }
            inputs.append(input)
        }
        return inputs
    }
}

// MARK: Tokens

extension RequestReader {
    /// A member's name as it stands in the document; one with escapes is none that is known.
    fileprivate struct Name {
        let bytes: UnsafeBufferPointer<UInt8>.SubSequence

        static func ~= (known: StaticString, name: Name) -> Bool {
            guard known.utf8CodeUnitCount == name.bytes.count else { return false }
            return name.bytes.elementsEqual(UnsafeBufferPointer(start: known.utf8Start, count: name.bytes.count))
        }
    }

    /// The name of an object's next member, up to its value; nil: the object ends.
    fileprivate mutating func nextName() throws(Surprise) -> Name? {
        if try peek() == UInt8(ascii: "}") {
            offset += 1
            return nil
        }
        // What was read last tells whether a member came before this one.
        if bytes[offset - 1] != UInt8(ascii: "{") { try take(",") }
        try take("\"")
        let start = offset
        while try peek() != UInt8(ascii: "\"") { offset += 1 }
        let name = Name(bytes: bytes[start..<offset])
        offset += 1
        try take(":")
        return name
    }

    /// Whether an array has a next element.
    fileprivate mutating func hasNextElement() throws(Surprise) -> Bool {
        if try peek() == UInt8(ascii: "]") {
            offset += 1
            return false
        }
        if bytes[offset - 1] != UInt8(ascii: "[") { try take(",") }
        return true
    }

    fileprivate mutating func string() throws(Surprise) -> String {
        try take("\"")
        let start = offset
        while true {
            switch try peek() {
            case UInt8(ascii: "\""):
                let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<offset]), as: UTF8.self)
                offset += 1
                return text
            case UInt8(ascii: "\\"): return try stringWithEscapes(from: start)
            case 0..<0x20: throw Surprise()
            default: offset += 1
            }
        }
    }

    private mutating func stringWithEscapes(from start: Int) throws(Surprise) -> String {
        var text = Array(bytes[start..<offset])
        while true {
            let byte = try peek()
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text.append(try escaped())
            case 0..<0x20: throw Surprise()
            default: text.append(byte)
            }
        }
    }

    /// The byte that the escape at this place stands for, of those that have one byte.
    private mutating func escaped() throws(Surprise) -> UInt8 {
        let byte = try peek()
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return byte
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        default: throw Surprise()
        }
    }

    fileprivate mutating func number() throws(Surprise) -> Int64 {
        let isNegative = try peek() == UInt8(ascii: "-")
        if isNegative { offset += 1 }
        let start = offset
        var value: Int64 = 0
        while offset < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[offset] {
            // As many digits as fit in any case.
            guard offset - start < 18 else { throw Surprise() }
            value = value * 10 + Int64(bytes[offset] - UInt8(ascii: "0"))
            offset += 1
        }
        guard offset > start else { throw Surprise() }
        return isNegative ? -value : value
    }

    fileprivate mutating func bool() throws(Surprise) -> Bool {
        let isTrue = try peek() == UInt8(ascii: "t")
        for byte in isTrue ? "true".utf8 : "false".utf8 {
            guard try peek() == byte else { throw Surprise() }
            offset += 1
        }
        return isTrue
    }

    fileprivate mutating func take(_ character: Unicode.Scalar) throws(Surprise) {
        guard try peek() == UInt8(ascii: character) else { throw Surprise() }
        offset += 1
    }

    private func peek() throws(Surprise) -> UInt8 {
        guard offset < bytes.count else { throw Surprise() }
        return bytes[offset]
    }
}
