/// The script of the generated encoder step: it puts the flow's own inputs into one JSON text.
///
/// It runs in OO's Rhino, so it uses nothing newer than ECMAScript 3, and writes everything beyond printable ASCII as
/// `\uXXXX`: quotes, line breaks and any Unicode arrive as they were.
enum GateEncoder {
    /// - Parameters:
    ///   - inputs: Names with the flow variables that hold their values.
    ///   - variable: The flow variable that gets the JSON text.
    static func script(_ inputs: [(name: String, variable: String)], into variable: String) -> String {
        let members = inputs.map { "member(\(quoted($0.name)), \(quoted($0.variable)));" }
        return
            ([
                "function quoted(value) {",
                #"  return '"' + value.replace(/[\\"\u0000-\u001f\u007f-\uffff]/g, function (c) {"#,
                #"    return "\\u" + ("0000" + c.charCodeAt(0).toString(16)).slice(-4);"#,
                #"  }) + '"';"#, "}", "var members = [];", "function member(name, variable) {",
                "  var value = scriptletContext.get(variable);",
                #"  if (value != null) members.push(quoted(name) + ":" + quoted(String(value)));"#, "}",
            ] + members + ["scriptletContext.put(\(quoted(variable)), " + #""{" + members.join(",") + "}");"#])
            .joined(separator: "\n")
    }

    /// A text as a string of JSON, which is one of JavaScript too; ASCII only.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for unit in text.utf16 {
            switch unit {
            case 0x22: result += "\\\""
            case 0x5C: result += "\\\\"
            case 0x20...0x7E: result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default:
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return result + "\""
    }
}
