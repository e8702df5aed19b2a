/// `y = a == b`
///
/// - Shapes: broadcast.
/// - Types: any, both inputs alike; the output is bool.
struct Equal: ComparisonLayer {
    init(_ node: inout AttributeReader) {}

    static var relation: Relation { .equal }
}
