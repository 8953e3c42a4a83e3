/// One line of an answer that is 200 whatever became of its items (csa-api.md section 0.8, PROVEN).
///
/// Only what says that it succeeded, and nothing that sounds like a failure, is a success. Names of people's choosing
/// stand in these lines, so they are taken out before the words count.
public struct CSAItemMessage: Hashable, Sendable {
    /// As CSA wrote it.
    public let text: String
    public let verdict: Verdict
    /// Whether it says that something is not there.
    public let saysMissing: Bool
    /// What stands after `with id`; nil when nothing does.
    public let itemID: String?
    /// What stands after `action of`, such as `ORDER` or `MODIFY_SUBCRIPTION` (sic); nil when nothing does.
    public let action: String?

    public enum Verdict: Hashable, Sendable {
        case succeeded
        case failed
        /// It says neither; not to be taken for a success.
        case unclear
    }

    /// - Parameter names: Of offerings and categories that the call named.
    public init(_ text: String, names: [String] = []) {
        self.text = text
        var words = CSAItemMessage.words(text)
        itemID = CSAItemMessage.word(after: ["with", "id"], in: words)
        action = CSAItemMessage.word(after: ["action", "of"], in: words)
        for name in names.sorted(by: { $0.utf8.count > $1.utf8.count }) {
            words = CSAItemMessage.removing(CSAItemMessage.words(name), from: words)
        }
        let plain = words.map { $0.lowercased() }
        let isFailure = plain.contains { CSAItemMessage.failureWords.contains($0) }
        let isSuccess = plain.contains { CSAItemMessage.successWords.contains($0) }
        verdict = isFailure ? .failed : isSuccess ? .succeeded : .unclear
        saysMissing = CSAItemMessage.missingPhrases.contains { CSAItemMessage.find($0, in: plain) != nil }
    }

    private static let successWords: Set<String> = ["updated", "succeeded", "success", "successful", "successfully"]
    private static let failureWords: Set<String> = [
        "failed", "fail", "fails", "failure", "error", "errors", "not", "cannot", "can't", "couldn't", "unable",
        "invalid", "denied", "refused", "doesn't", "don't", "isn't", "exception",
    ]
    private static let missingPhrases = [
        ["not", "found"], ["doesn't", "exist"], ["does", "not", "exist"],
    ]

    /// Whether it is about something of that name: the name stands in it, whole words.
    public func names(_ name: String) -> Bool {
        let wanted = CSAItemMessage.words(name)
        return !wanted.isEmpty && CSAItemMessage.find(wanted, in: CSAItemMessage.words(text)) != nil
    }

    /// Words as separated by white space, without the punctuation around them.
    private static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).compactMap { word in
            var word = word
            while let last = word.last, punctuation.contains(last) { word.removeLast() }
            while let first = word.first, punctuation.contains(first) { word.removeFirst() }
            return word.isEmpty ? nil : String(word)
        }
    }

    private static let punctuation: Set<Character> = [".", ",", ";", ":", "!", "?", "\"", "'", "(", ")", "[", "]"]

    private static func word(after phrase: [String], in words: [String]) -> String? {
        guard let start = find(phrase, in: words.map { $0.lowercased() }) else { return nil }
        let place = start + phrase.count
        return place < words.count ? words[place] : nil
    }

    private static func removing(_ phrase: [String], from words: [String]) -> [String] {
        guard !phrase.isEmpty else { return words }
        var kept: [String] = []
        var index = 0
        while index < words.count {
            if words[index...].starts(with: phrase) {
                index += phrase.count
            } else {
                kept.append(words[index])
                index += 1
            }
        }
        return kept
    }

    private static func find(_ phrase: [String], in words: [String]) -> Int? {
        guard !phrase.isEmpty, phrase.count <= words.count else { return nil }
        return (0...(words.count - phrase.count)).first { words[$0...].starts(with: phrase) }
    }
}

/// What became of one item of a call that changes many.
public enum CSAItemOutcome: Hashable, Sendable {
    /// - Parameter actions: Those that CSA named, such as `ORDER`; none from publish and unpublish.
    case succeeded(actions: [String])
    /// CSA says that the item, or its category, is not there.
    case missing(message: String)
    /// CSA says that it failed, or the name means something else by now and nothing was sent.
    case failed(message: String)
    /// No line speaks of it: read it back.
    case unmentioned

    public var isSuccess: Bool {
        if case .succeeded = self { return true }
        return false
    }

    /// The outcome of one offering of an assignment.
    public static func assignment(of id: CSAOfferingID, in messages: [CSAItemMessage]) -> CSAItemOutcome {
        outcome(messages.filter { $0.itemID == id.text })
    }

    /// The outcomes of publications, in their order. A line belongs to the longest offering name that stands in it,
    /// and of its categories to the longest that does.
    public static func publications(
        _ items: [CSAPublication], in messages: [CSAItemMessage]
    ) -> [CSAItemOutcome] {
        var lines = items.map { _ in [CSAItemMessage]() }
        for message in messages {
            for index in places(of: message, among: items) { lines[index].append(message) }
        }
        return lines.map(outcome)
    }

    private static func places(of message: CSAItemMessage, among items: [CSAPublication]) -> [Int] {
        let nameable = items.indices.filter { message.names(items[$0].offeringName) }
        guard let longest = nameable.map({ items[$0].offeringName.utf8.count }).max() else { return [] }
        let ofName = nameable.filter { items[$0].offeringName.utf8.count == longest }
        let ofCategory = ofName.filter { message.names(items[$0].categoryName) }
        guard let length = ofCategory.map({ items[$0].categoryName.utf8.count }).max() else {
            // Without a category it can only be about the one place there is.
            return ofName.count == 1 ? ofName : []
        }
        return ofCategory.filter { items[$0].categoryName.utf8.count == length }
    }

    private static func outcome(_ linesOfItem: [CSAItemMessage]) -> CSAItemOutcome {
        if let failure = linesOfItem.first(where: { $0.verdict != .succeeded }) {
            return failure.saysMissing ? .missing(message: failure.text) : .failed(message: failure.text)
        }
        return linesOfItem.isEmpty ? .unmentioned : .succeeded(actions: linesOfItem.compactMap(\.action))
    }
}
