/// `y = a || b`
///
/// - Shapes: broadcast.
/// - Types: bool.
struct Or: LogicalLayer {
    init(_ node: inout AttributeReader) {}

    static func holds(_ a: Bool, _ b: Bool) -> Bool { a || b }
}
