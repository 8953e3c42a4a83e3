public import SluiceContent
public import SluiceFlowRunner
import SluiceJSON

/// The scriptlets of flows as scripts for a `FlowRunner`.
///
/// Of OO's names a script has `scriptletContext.get` and `.put`, `scriptletInput`, `scriptletRawResult`,
/// `scriptletResult` and `scriptletResponse` (oo-content-pack.md section 4.5). What `get` gives for a variable that is
/// not set is inferred: null.
public enum Scriptlets {
    /// A script for each step that has a scriptlet, by the step's id.
    public static func scripts(of flows: [FlowDocument]) -> [String: FlowScript] {
        var scripts: [String: FlowScript] = [:]
        for step in flows.flatMap(\.allSteps) {
            guard let text = step.script?.exposed else { continue }
            scripts[step.id] = { context in try run(text, &context) }
        }
        return scripts
    }

    private static let before = """
        var sluiceKept = {};
        var scriptletContext = {
          get: function (name) {
            if (Object.prototype.hasOwnProperty.call(sluiceKept, name)) return sluiceKept[name];
            if (Object.prototype.hasOwnProperty.call(sluiceGiven.variables, name)) return sluiceGiven.variables[name];
            return null;
          },
          put: function (name, value) { sluiceKept[name] = value == null ? null : String(value); }
        };
        var scriptletInput = sluiceGiven.inputs, scriptletRawResult = sluiceGiven.results;
        var scriptletResult = "", scriptletResponse = sluiceGiven.response;

        """
    private static let after = """

        ;JSON.stringify({variables: sluiceKept, results: scriptletRawResult, response: String(scriptletResponse)});
        """

    private static func run(_ text: String, _ context: inout FlowScriptContext) throws {
        let given = JSONObject([
            ("variables", .object(object(context.variables))), ("inputs", .object(object(context.inputs))),
            ("results", .object(object(context.results))), ("response", .string(context.response)),
        ])
        let script = "var sluiceGiven = \(ascii(given.write()));\n" + before + text + after
        let answer = try JSONReader.read(ScriptEngine().evaluate(script))
        guard case .object(let answer) = answer else { throw ScriptError("the script engine gave no object") }
        for (name, value) in members(answer["variables"]) { context.variables[name] = value }
        context.results = members(answer["results"]).compactMapValues { $0 }
        if case .string(let response) = answer["response"] { context.response = response }
    }

    /// JSON as a literal of JavaScript: what is not ASCII stands only in its strings, and is escaped there.
    private static func ascii(_ json: String) -> String {
        guard !json.utf8.allSatisfy({ $0 < 0x7F }) else { return json }
        var result = ""
        for unit in json.utf16 {
            if unit < 0x7F, let scalar = Unicode.Scalar(unit) {
                result.unicodeScalars.append(scalar)
            } else {
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return result
    }

    private static func object(_ values: [String: String]) -> JSONObject {
        JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    }

    private static func members(_ value: JSONValue?) -> [String: String?] {
        guard case .object(let object) = value else { return [:] }
        var members: [String: String?] = [:]
        for member in object.members {
            switch member.value {
            case .string(let text): members[member.name] = .some(text)
            case .null: members[member.name] = .some(nil)
            default: members[member.name] = .some("\(member.value)")
            }
        }
        return members
    }
}
