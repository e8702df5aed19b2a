/// `y = a < b`
///
/// - Shapes: broadcast.
/// - Types: any, both inputs alike; the output is bool.
struct Less: ComparisonLayer {
    init(_ node: inout AttributeReader) {}

    static var relation: Relation { .less }
}
