/// `y = a >= b`
///
/// - Shapes: broadcast.
/// - Types: any, both inputs alike; the output is bool.
struct GreaterOrEqual: ComparisonLayer {
    static var opsets: ClosedRange<Int> { 12...21 }

    init(_ node: inout AttributeReader) {}

    static var relation: Relation { .greaterOrEqual }
}
