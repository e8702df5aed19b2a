/// The keys of a pipeline around its steps.
public enum PipelineDocument {
    public static let schemaReference = Parameter.optionalString(
        "$schema", "The schema that editors complete and check by")
    public static let version = Parameter.requiredInteger("version", in: 1...1, "The version of the pipeline language")
    public static let name = Parameter.optionalString("name", "What the pipeline is called in reports")
    public static let description = Parameter.optionalString("description", "What the pipeline is for")
    public static let steps = Parameter<[JSONValue]>.requiredCustom(
        "steps", .list(.anyJSON, count: 1...1000), placeholder: [], "The steps in the order in which they are taken"
    ) { value, _ in value.array }

    public static let table = [
        schemaReference.description, version.description, name.description, description.description,
        steps.description,
    ]
}
