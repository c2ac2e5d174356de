# The image that a release publishes, for use in CI. goreleaser puts the program into a
# directory for its platform; the build context contains nothing else.
FROM alpine:3.23
ARG TARGETPLATFORM
# Mounted repositories usually belong to another user. qasleaks disables everything that a
# repository could make git execute.
RUN apk add --no-cache git ca-certificates && git config --system --add safe.directory '*'
COPY $TARGETPLATFORM/qasleaks /usr/local/bin/qasleaks
USER nobody
WORKDIR /work
ENTRYPOINT ["qasleaks"]
CMD ["scan", "."]
