/// The keys of a pipeline around its steps.
public enum PipelineDocument {
    public static let schemaReference = Parameter.optionalString(
        "$schema", "The schema that editors complete and check by")
    public static let version = Parameter.requiredInteger("version", in: 1...1, "The version of the pipeline language")
    public static let name = Parameter.optionalString("name", "What the pipeline is called in reports")
    public static let description = Parameter.optionalString("description", "What the pipeline is for")
    public static let space = Parameter<ColorSpace>.choice(
        "space", default: .encoded,
        "What steps with a space compute in that say nothing themselves: samples as they are stored, or linear light")
    public static let steps = Parameter<[JSONValue]>.requiredCustom(
        "steps", .list(.anyJSON, count: 1...1000), placeholder: [], "The steps in the order in which they are taken"
    ) { value, _ in value.array }

    public static let table = [
        schemaReference.description, version.description, name.description, description.description,
        space.description, steps.description,
    ]

    /// What the document says for all of its steps: the values of keys that a step may have itself.
    public static func inherited(_ document: JSONValue) -> [String: JSONValue] {
        guard let value = document[space.description.key] else { return [:] }
        return [space.description.key: value]
    }
}
