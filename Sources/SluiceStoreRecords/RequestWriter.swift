internal import SluiceJSON

/// Writes the JSON of a `RequestRecord`: without spaces, absent members left out, as `RequestReader` reads it fastest.
struct RequestWriter {
    private(set) var bytes: [UInt8] = []

    init(_ record: RequestRecord) {
        bytes.reserveCapacity(512)
        open("{")
        member("ticket", record.ticket)
        member("parentRunID", record.parentRunID)
        member("csaInstanceID", record.csaInstanceID)
        member("csaProcessID", record.csaProcessID)
        member("flowPath", record.flowPath)
        if let memory = record.flowMemory {
            name("flowMemory")
            write(memory)
        }
        member("tenant", record.tenant)
        array("inputs", record.inputs) { writer, input in
            writer.member("name", input.name)
            writer.member("clear", input.clear)
            writer.member("sealed", input.base64)
        }
        member("runName", record.runName)
        member("logLevel", record.logLevel)
        member("inputPromptUseBlank", record.inputPromptUseBlank)
        member("scheduleID", record.scheduleID)
        member("nominalTime", record.nominalTime)
        member("idempotencyKey", record.idempotencyKey)
        member("requestedBy", record.requestedBy)
        member("onBehalfOf", record.onBehalfOf)
        member("reportsEnd", record.reportsEnd)
        member("misfirePolicy", record.misfirePolicy)
        array("pluginNotes", record.pluginNotes) { writer, note in
            writer.member("plugin", note.plugin)
            writer.member("outcome", note.outcome)
            writer.member("text", note.text)
        }
        member("callbackURL", record.callbackURL)
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func write(_ memory: RequestRecord.Memory) {
        open("{")
        member("pack", memory.pack)
        member("revision", memory.revision.map { Int64($0) })
        member("isGone", memory.isGone)
        member("isGated", memory.isGated)
        array("inputs", memory.inputs) { writer, input in
            writer.member("name", input.name)
            writer.member("isRequired", input.isRequired)
            writer.member("isEncrypted", input.isEncrypted)
            writer.member("type", input.type)
            writer.member("isIgnored", input.isIgnored)
            writer.member("listDelimiter", input.listDelimiter)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    /// An array of objects; `members` writes what is in each.
    private mutating func array<Element>(
        _ name: StaticString, _ elements: [Element]?, members: (inout RequestWriter, Element) -> Void
    ) {
        guard let elements else { return }
        self.name(name)
        open("[")
        for element in elements {
            comma()
            open("{")
            members(&self, element)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        self.name(name)
        JSONText.append(text, to: &bytes)
    }

    private mutating func member(_ name: StaticString, _ number: Int64?) {
        guard let number else { return }
        self.name(name)
        bytes.append(contentsOf: String(number).utf8)
    }

    private mutating func member(_ name: StaticString, _ isTrue: Bool?) {
        guard let isTrue else { return }
        self.name(name)
        bytes.append(contentsOf: isTrue ? "true".utf8 : "false".utf8)
    }

    private mutating func name(_ name: StaticString) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func open(_ bracket: Unicode.Scalar) { bytes.append(UInt8(ascii: bracket)) }

    /// Nothing before the first of an object or array.
    private mutating func comma() {
        guard let last = bytes.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") else { return }
        bytes.append(UInt8(ascii: ","))
    }
}
