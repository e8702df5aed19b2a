/// What a field of findings or of classes holds.
struct FindingNote: Sendable {
    var kind: ValueKind
    var classes: ClassNames
}
