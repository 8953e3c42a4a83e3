import SluiceJSON
import Testing

@Suite struct JSONObjectReaderTests {
    @Test func takesEveryType() throws {
        var reader = try reader(
            #"""
            {"s":"x","i":5,"b":true,"d":1.5,"m":{"k":"v","j":"w"},"l":["p"],"o":{"t":"u"},"os":[{"n":1}],
            "at":"2026-12-01T22:00:00Z","null":null,"any":[null]}
            """#)
        #expect(try reader.string("s") == "x")
        #expect(try reader.int("i", in: 0...9) == 5)
        #expect(try reader.bool("b"))
        #expect(try reader.optionalDouble("d") == 1.5)
        #expect(try reader.stringMap("m").map(\.name) == ["k", "j"])
        #expect(try reader.stringMap("absent").isEmpty)
        #expect(try reader.optionalStrings("l") == ["p"])
        var inner = try reader.object("o")
        #expect(inner.pointer == "/o")
        #expect(try inner.string("t") == "u")
        try inner.finish()
        var elements = try reader.objects("os")
        #expect(elements[0].pointer == "/os/0")
        #expect(try elements[0].int("n") == 1)
        #expect(try reader.timestampText("at") == "2026-12-01T22:00:00Z")
        #expect(try reader.optionalString("null") == nil)
        #expect(try reader.value("any") == [.null])
        #expect(try reader.optionalString("absent") == nil)
        try reader.finish()
    }

    @Test(arguments: [
        (#"{"flow":5}"#, "/flow", "expected a string, got a number"),
        (#"{"flow":null}"#, "/flow", "this field is required"),
        (#"{}"#, "/flow", "this field is required"),
        (#"{"flow":"f","priority":"5"}"#, "/priority", "expected a whole number, got a string"),
        (#"{"flow":"f","priority":1.5}"#, "/priority", "expected a whole number, got the number 1.5"),
        (#"{"flow":"f","priority":10}"#, "/priority", "expected 0 to 9, got 10"),
        (#"{"flow":"f","inputs":[]}"#, "/inputs", "expected an object, got an array"),
        (#"{"flow":"f","inputs":{"a/b":{}}}"#, "/inputs/a~1b", "expected a string, got an object"),
        (#"{"flow":"f","names":["a",true]}"#, "/names/1", "expected a string, got a boolean"),
        (#"{"flow":"f","source":"cronn"}"#, "/source", #"expected api or cron, got "cronn""#),
        (#"{"flow":"f","x":1,"y\"":2}"#, "", #"unknown fields "x", "y\"""#),
        (#"{"flow":"f","start":{"runname":"n"}}"#, "/start", #"unknown field "runname""#),
    ])
    func namesWhatIsWrongAndWhere(text: String, pointer: String, message: String) throws {
        let error = try #require(throws: JSONFieldError.self) { try readAll(text) }
        #expect(error.pointer == pointer)
        #expect(error.message == message)
    }

    @Test func neverQuotesAnInput() throws {
        let error = try #require(throws: JSONFieldError.self) {
            try readAll(#"{"flow":"f","inputs":{"password":12345}}"#)
        }
        #expect(!error.description.contains("12345"))
        #expect(error.description == "/inputs/password: expected a string, got a number")
    }

    @Test func shortensALongListOfUnknownFields() throws {
        var object: JSONObject = ["flow": "f"]
        for index in 0..<30 { object[String(repeating: "n", count: 100) + "\(index)"] = 1 }
        let error = try #require(throws: JSONFieldError.self) { try JSONObjectReader(object).finish() }
        #expect(error.unknownNames.count == 31)
        #expect(error.message.hasSuffix("and 11 more"))
        #expect(error.message.utf8.count < 2000)
    }

    @Test func refusesADocumentThatIsNoObject() throws {
        let error = try #require(throws: JSONFieldError.self) { try reader("[1]") }
        #expect(error.description == "the document: expected an object, got an array")
    }

    private func reader(_ text: String) throws -> JSONObjectReader { try JSONObjectReader(JSONReader.read(text)) }

    private func readAll(_ text: String) throws {
        var reader = try reader(text)
        _ = try reader.string("flow")
        _ = try reader.optionalInt("priority", in: 0...9)
        _ = try reader.stringMap("inputs")
        _ = try reader.optionalStrings("names")
        _ = try reader.optionalParsed("source", expected: "api or cron") { ["api", "cron"].contains($0) ? $0 : nil }
        if var start = try reader.optionalObject("start") {
            _ = try start.optionalString("runName")
            try start.finish()
        }
        try reader.finish()
    }
}
