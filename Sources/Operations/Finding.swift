import Specification

/// What a step found in a picture: it reports it with `RunContext.report`, under the step's key.
public protocol Finding: Sendable {
    /// As it stands in a record.
    var json: JSONNode { get }
    /// What `{label}` in the name of an output stands for; nil where the finding has no class to name.
    var label: String? { get }
}

extension Finding {
    public var label: String? { nil }
}

extension PatternPlaces: Finding {}
