# The image that a release publishes, for CI. goreleaser puts the program below a
# folder for its platform. The build context holds nothing else.
FROM alpine:3.23
ARG TARGETPLATFORM
# What is mounted belongs to another user, as a rule. qasleaks turns off what a
# repository could have git run.
RUN apk add --no-cache git ca-certificates && git config --system --add safe.directory '*'
COPY $TARGETPLATFORM/qasleaks /usr/local/bin/qasleaks
USER nobody
WORKDIR /work
ENTRYPOINT ["qasleaks"]
CMD ["scan", "."]
