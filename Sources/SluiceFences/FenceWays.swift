import SluiceModel

/// How a proxy sorts requests by itself, as regular expressions (PCRE) over `METHOD TARGET`.
///
/// Sluice's own table (`FenceCall`) decides where a proxy can ask it about each request. These only say what may pass
/// without being asked about, and what never passes while Sluice is silent: what they call reading never is a door, and
/// what they let pass, the table lets pass for the same caller in every state. A test holds the two together.
enum FenceWays {
    /// What to do with a request that matches; the first rule that does counts, and none: `door`.
    enum Way: String {
        /// Never asked about.
        case pass
        /// Asked about as reading: passes while draining.
        case reading
        /// Asked about as a door, and then by its method and target.
        case door
    }

    struct Rule {
        /// nil: whoever it is.
        var caller: String?
        var pattern: String
        var way: Way
    }

    static func rules(of system: FencedSystem) -> [Rule] {
        let controller = Rule(caller: "controller", pattern: "", way: .pass)
        let odd = Rule(pattern: odd, way: .door)
        let verbs = Rule(pattern: verbs, way: .door)
        let identity = Rule(pattern: "^[A-Z]+ /+idm-service(?:/+[A-Za-z0-9_-][A-Za-z0-9._-]*)+/*(?:\\?|$)", way: .pass)
        let reading = Rule(pattern: "^(?:GET|HEAD|OPTIONS) /", way: .reading)
        switch system {
        case .csa:
            let search =
                "^POST /+csa/+api/+(?:mpp/+mpp-(?:offering|subscription|instance)/+filter"
                + "|service/+offering/+[A-Za-z0-9_-]+/+subscription/+filter|person/+organization/+[A-Za-z0-9_-]+)"
                + "/*(?:\\?|$)"
            let change = "^PUT /+csa/+rest/+(?:artifact|processinstances)/+[A-Za-z0-9_-]+/*(?:\\?|$)"
            return [
                controller, odd, verbs, identity,
                Rule(caller: "callback", pattern: change, way: .pass),
                Rule(caller: "callback", pattern: "^POST /+csa/+rest/+notification/*(?:\\?|$)", way: .pass),
                Rule(caller: "callback", pattern: "^(?:GET|HEAD|OPTIONS) /+csa/+rest/+[^/?]", way: .pass),
                Rule(pattern: search, way: .reading), reading,
            ]
        case .portal: return [controller, odd, verbs, identity, reading]
        case .central:
            return [
                controller, odd,
                Rule(pattern: "(?i)^[^?]*/\(blank)(?:pas|wscentralservice)\(end)", way: .door),
                Rule(pattern: "^(?!(?:GET|HEAD|OPTIONS) )(?i)[^?]*executions", way: .door),
                Rule(pattern: "^(?!(?:GET|HEAD|OPTIONS|DELETE) )(?i)[^?]*schedules", way: .door),
                Rule(caller: "callback", pattern: "^[A-Z]+ /", way: .pass),
                // Changes that are no doors pass and are refused with it.
                Rule(pattern: "^[A-Z]+ /", way: .reading),
            ]
        }
    }

    private static let blank = "(?:%20)*"
    private static let end = "(?:[/.?%]|$)"

    /// Spellings that two servers may read differently, and ways to say another method.
    private static let odd =
        "^\\S+ (?:[^/]|$"
        // Escapes of letters, digits, `%`, `.`, `/`, `;`, `?` and the backslash, broken ones, controls, beyond ASCII.
        + "|[^?]*(?:[;\\\\#]|%(?![2-7][0-9A-Fa-f])|%2[5EeFf]|%3[0-9BbFf]|%4[1-9A-Fa-f]|%5[0-9AaCc]|%6[1-9A-Fa-f]"
        + "|%7[0-9AaFf]|/\\.{1,2}(?:/|\\?|$))"
        + "|.*[^\\x21-\\x7e]|[^?]*\\?.*#"
        + "|[^?]*\\?(?:.*[&;])?(?:(?i)_method|[^=&;]*%))"

    /// Words with which a GET changes something, or might.
    private static let verbs =
        "(?i)^[^?]*/\(blank)(?:(?:request|subscription|lifecycleengine|processinstances)(?:[./%][^?]*)?/\(blank)"
        + "(?:cancel|resume|execute)\(end)|user(?:[./%][^?]*)?/\(blank)multiple|multiple[^?]*/\(blank)user\(end))"

    /// Headers with which a client could make a server, or a fence behind this one, see another request.
    static let droppedHeaders = [
        "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL",
        "X-Original-URI", "X-Original-Method", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Prefix",
    ]

    /// What is shown when even the page is not at hand.
    static let plainPage =
        "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Maintenance</title><h1>Maintenance</h1>"
        + "<p>Please try again later.</p></html>"
    static let plainProblem =
        #"{"type":"https://sluice.invalid/problems/maintenance","title":"In maintenance","status":503}"#
    static let plainRetryAfterSeconds = 60
}
