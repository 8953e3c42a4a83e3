/// What is to be said of the way to a system once it has answered.
enum DoctorCertificate {
    static func finding(_ name: String, url: String, caFile: String?, key: String) -> DoctorFinding {
        let question = "is its certificate verified?"
        guard !url.lowercased().hasPrefix("https://") else {
            return DoctorFinding(
                name, question, .fine, "yes, against \(caFile ?? "the certificates of this machine")")
        }
        let host = url.drop { $0 != "/" }.dropFirst(2).prefix { !":/".contains($0) }
        let isNear = host == "localhost" || host.hasPrefix("127.") || host == "["
        return DoctorFinding(
            name, question, isNear ? .found : .problem,
            "there is none: \(key) is http, so passwords travel in clear"
                + (isNear ? ", on this machine only" : "; use https"))
    }
}
