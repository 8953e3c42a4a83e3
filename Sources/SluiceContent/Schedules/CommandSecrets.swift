/// Takes what may be a secret out of a command line, so that the rest can be shown and matched.
///
/// Only what is plainly harmless stays: programs, options, paths, plain words and small numbers. Everything else is
/// `***`: a secret has no looks of its own, so in doubt a word is hidden.
struct CommandSecrets {
    static let mask = "***"

    /// The command with `***` in place of what may be a secret.
    static func masked(_ command: String) -> String {
        var secrets = CommandSecrets()
        let words = ShellWords.split(command)
        var shown = words.words.map { secrets.shown($0) }
        // What stands behind an unescaped % is the command's input (crontab(5)).
        if words.hasInput { shown.append("%" + mask) }
        return shown.joined(separator: " ")
    }

    /// Short options whose value is often a secret or a user with one, of curl, mysql, psql, redis-cli, sshpass.
    private static let shortOptions = Set("puPUkKaAwWbdHD")
    /// Options of several letters with one dash, as find and java have them: no bundles, though they have such letters.
    private static let wordOptions: Set<String> = [
        "-name", "-iname", "-path", "-type", "-print", "-delete", "-maxdepth", "-mindepth", "-daystart", "-empty",
        "-and",
        "-jar", "-cp", "-classpath", "-version", "-help",
    ]
    /// Programs of which a bare word may be the password.
    private static let passwordPrograms: Set<String> = [
        "htpasswd", "htdigest", "htdbm", "expect", "passwd", "chpasswd", "smbpasswd", "mkpasswd", "smbclient",
    ]
    /// Last words of names whose value is or holds a secret, beside `SecretName`'s.
    private static let lastWords = [
        "user", "key", "auth", "header", "login", "cred", "cookie", "data", "pin", "account",
    ]
    /// What stands before a secret in a header (RFC 9110, 11.1).
    private static let schemes: Set<String> = ["bearer", "basic", "token", "digest", "negotiate", "ntlm", "apikey"]
    /// Variables whose values say nothing.
    private static let variables: Set<String> = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "SHELL"]
    /// What writes its arguments, so that the next program gets them.
    private static let writers: Set<String> = ["echo", "printf"]
    private static let shells: Set<String> = ["sh", "bash", "dash", "ksh", "zsh"]

    private var program: String?
    private var isNextSecret = false
    private var isNextPathOnly = false
    private var isNextCommand = false

    private mutating func shown(_ word: ShellWords.Word) -> String {
        let text = word.text
        if word.isOperator {
            // A redirection stays inside its command.
            if !text.contains(">"), !text.contains("<") {
                self = CommandSecrets()
            } else {
                isNextSecret = false
            }
            return text
        }
        defer { if program == nil, !Self.isAssignment(text) { program = text } }
        if isNextSecret { return hidden(text) }
        if isNextPathOnly {
            isNextPathOnly = false
            return text.hasPrefix("/") && HarmlessText.isPath(text) ? word.raw : hidden(text)
        }
        if isNextCommand {
            isNextCommand = false
            if word.isQuoted { return "'" + Self.masked(text) + "'" }
        }
        if program.map(Self.baseName).map(Self.writers.contains) == true { return Self.mask }
        if text.contains("://") { return HarmlessText.address(text) ?? Self.mask }
        if let equals = text.firstIndex(of: "=") { return pair(text, equals) }
        if program == nil { return HarmlessText.isProgram(text) ? word.raw : Self.mask }
        if text.hasPrefix("--") { return longOption(text) }
        if text.hasPrefix("-") { return shortOption(text) }
        return argument(word)
    }

    /// A word that is hidden. Where it is a header's name or a scheme, as `Bearer` is, the secret is still to come.
    private mutating func hidden(_ text: String) -> String {
        let last = text.split { $0 == " " || $0 == ":" || $0 == "\t" }.last ?? ""
        isNextSecret = text.hasSuffix(":") || Self.schemes.contains(last.lowercased())
        return Self.mask
    }

    private mutating func argument(_ word: ShellWords.Word) -> String {
        let text = word.text
        if program.map(Self.baseName).map(Self.passwordPrograms.contains) == true { return Self.mask }
        // Behind sudo, nice and the like.
        if Self.passwordPrograms.contains(Self.baseName(text)) { program = text }
        let name = text.hasSuffix(":") ? String(text.dropLast()) : text
        if Self.mayHoldSecret(name) || Self.schemes.contains(name.lowercased()) { isNextSecret = true }
        if text.hasSuffix(":"), HarmlessText.isWord(name) { return text }
        return HarmlessText.isArgument(text) ? word.raw : hidden(text)
    }

    /// `name=value`: a variable, an option or an argument.
    private mutating func pair(_ text: String, _ equals: String.Index) -> String {
        let name = String(text[..<equals])
        let value = String(text[text.index(after: equals)...])
        guard HarmlessText.isName(name) else { return Self.mask }
        let isVariable = program == nil
        let isShown =
            isVariable
            ? Self.variables.contains(name) : !Self.mayHoldSecret(name) && HarmlessText.isArgument(value)
        return name + "=" + (isShown || value.isEmpty ? value : hidden(value))
    }

    private mutating func longOption(_ text: String) -> String {
        guard HarmlessText.isName(text) else { return Self.mask }
        isNextSecret = Self.mayHoldSecret(text)
        return text
    }

    /// `-p`, or a bundle of letters; behind the letters of `shortOptions` a value may be joined on.
    private mutating func shortOption(_ text: String) -> String {
        guard let letter = text.dropFirst().first else { return text }
        let rest = text.dropFirst(2)
        guard letter.isASCII, letter.isLetter else {
            return HarmlessText.isNumber(text.dropFirst()) ? text : Self.mask
        }
        if rest.isEmpty {
            isNextPathOnly = Self.shortOptions.contains(letter)
            isNextCommand = letter == "c" && isShell
            return text
        }
        if isShell, text.hasSuffix("c"), HarmlessText.isWord(String(rest)) { isNextCommand = true }
        isNextSecret = Self.mayHoldSecret(text)
        let isBundle = rest.count <= Self.bundleMax && HarmlessText.isWord(String(rest))
        if isBundle, Self.wordOptions.contains(text) { return text }
        // Of a bundle, what follows the first letter of an option with a value may be that value.
        let letters = text.dropFirst().prefix { !Self.shortOptions.contains($0) }
        guard isBundle, !letters.isEmpty else { return "-\(letter)" + Self.mask }
        let known = text.dropFirst(1 + letters.count)
        if known.count == 1 { isNextPathOnly = true }
        return known.count > 1 ? "-" + letters + known.prefix(1) + Self.mask : text
    }

    private static let bundleMax = 10

    private var isShell: Bool { program.map(Self.baseName).map(Self.shells.contains) == true }

    private static func isAssignment(_ text: String) -> Bool {
        text.firstIndex(of: "=").map { HarmlessText.isName(String(text[..<$0])) } ?? false
    }

    private static func baseName(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }

    private static func mayHoldSecret(_ name: String) -> Bool {
        if SecretName.mayBeSecret(name) { return true }
        let last = name.lowercased().split { !$0.isLetter }.last ?? ""
        return lastWords.contains { last.hasSuffix($0) }
    }
}

/// Texts that give nothing away.
enum HarmlessText {
    private static let textMax = 160
    private static let digitsMax = 8
    private static let lettersMax = 24
    private static let nameMax = 64
    private static let loginMax = 32
    private static let extensions: Set<String> = [
        "sh", "py", "pl", "rb", "js", "jar", "sql", "conf", "cfg", "ini", "properties", "log", "txt", "xml", "json",
        "yml", "yaml", "csv", "gz", "tar", "tgz", "zip", "php", "bat", "ps",
    ]

    static func isNumber(_ text: some StringProtocol) -> Bool {
        (1...digitsMax).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
    }

    static func isWord(_ text: some StringProtocol) -> Bool {
        (1...lettersMax).contains(text.utf8.count) && text.utf8.allSatisfy(isLetter)
    }

    /// The name of an option or variable.
    static func isName(_ text: String) -> Bool {
        let isPart = { (byte: UInt8) in isLetter(byte) || (48...57).contains(byte) || [45, 46, 95].contains(byte) }
        return (1...nameMax).contains(text.utf8.count) && text.utf8.allSatisfy(isPart)
    }

    static func isProgram(_ text: String) -> Bool {
        !text.hasPrefix("-") && (isName(text) || isPath(text) || text == "[" || text == ".")
    }

    /// A plain name of a user (useradd(8)), upper case and dots taken too, and a machine's with its `$`.
    static func isLogin(_ text: String) -> Bool {
        let name = text.hasSuffix("$") ? String(text.dropLast()) : text
        guard let first = name.utf8.first, isLetter(first) || first == 95 else { return false }
        return text.utf8.count <= loginMax && isName(name)
    }

    /// A path of plain names, none of which looks random.
    static func isPath(_ text: String) -> Bool {
        guard text.utf8.count <= textMax else { return false }
        let names = text.split(separator: "/")
        return names.allSatisfy { name in
            let plain = name.utf8.allSatisfy {
                isLetter($0) || (48...57).contains($0) || [45, 46, 95, 42, 43, 126, 44].contains($0)
            }
            let hasDigit = name.contains(where: \.isNumber)
            let isMixed = name.contains(where: \.isUppercase) && name.contains(where: \.isLowercase)
            return plain && name.utf8.count <= nameMax && !(hasDigit && (isMixed || name.utf8.count > lettersMax))
        }
    }

    /// Words, numbers, paths and names of files: letters and digits that are mixed otherwise may be a password.
    static func isArgument(_ text: String) -> Bool {
        if ["", "{}", "*", ".", "..", "+", "/", "~", "!", "]"].contains(text) { return true }
        if text.hasPrefix("+") { return isNumber(text.dropFirst()) }
        if ["/", "./", "../", "~/"].contains(where: text.hasPrefix) { return isPath(text) }
        if let dot = text.lastIndex(of: "."), extensions.contains(String(text[text.index(after: dot)...])),
            isPath(text)
        {
            return true
        }
        guard text.utf8.count <= textMax else { return false }
        let separators = Set("._-,/*")
        return text.split(omittingEmptySubsequences: true) { separators.contains($0) }
            .allSatisfy { isWord($0) || isNumber($0) }
    }

    /// Scheme and host of a URL, without user, path and query; nil when even the host may hide something.
    static func address(_ text: String) -> String? {
        guard let scheme = text.firstRange(of: "://"), isName(String(text[..<scheme.lowerBound])) else { return nil }
        let rest = text[scheme.upperBound...]
        // A password may hold a slash or another @, so all up to the last one is hidden.
        let user = rest.lastIndex(of: "@")
        let behind = user.map { rest[rest.index(after: $0)...] } ?? rest
        let host = behind.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let parts = host.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = parts.first, isName(String(name)), parts.count < 3, parts.dropFirst().allSatisfy(isNumber)
        else { return nil }
        let tail = behind[host.endIndex...]
        let isPlain = tail.isEmpty || tail == "/"
        return text[..<scheme.upperBound] + (user == nil ? "" : CommandSecrets.mask + "@") + host
            + (isPlain ? tail : tail.prefix(1) + CommandSecrets.mask)
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (65...90).contains(byte) || (97...122).contains(byte) }
}
